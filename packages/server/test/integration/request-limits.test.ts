import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, errorCode } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { digestOf, freshBytes, sampleImage } from './support/sample-content.ts';

/**
 * The first answer that refuses: a bucket fills while a slow machine asks, by one in a second here, so how many get through first is
 * only known from below.
 */
async function askUntilRefused(ask: () => Promise<Answer>): Promise<Answer> {
  for (let count = 0; count < 100; count += 1) {
    const answer = await ask();
    if (answer.status === 429) return answer;
  }
  throw new Error('A hundred requests were let through.');
}

const PROXY = { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1' };

describe('limits over HTTP', () => {
  let registry: OpenRegistry;
  afterEach(() => registry?.close());

  const from = (address: string, client = registry.admin): RegistryClient =>
    client.with({ 'X-Forwarded-For': address });
  const metrics = async () => (await registry.server.readMetrics()).metrics();

  it('of requests per second answer 429 in the words of each API, with when to come again', async () => {
    registry = await openRegistry({ env: { ...PROXY, ROADSTEAD_REQUEST_RATE_PER_NETWORK: '1' } });
    await from('198.51.100.1').createProject('team');
    for (let index = 0; index < 10; index += 1) {
      const answer = await from('192.0.2.1', registry.anonymous).get('/v2/');
      expect(answer.status).toBe(401);
      expect(answer.headers['ratelimit-limit']).toBe('10;w=10');
      expect(answer.headers['ratelimit-remaining']).toMatch(/^\d;w=10$/);
    }
    for (const [path, code] of [
      ['/v2/', 'TOOMANYREQUESTS'],
      ['/v2/team/app/manifests/v1', 'TOOMANYREQUESTS'],
      ['/service/token', 'TOOMANYREQUESTS'],
      ['/api/v2.0/projects', 'TOO_MANY_REQUEST'],
    ] as const) {
      const answer = await askUntilRefused(() => from('192.0.2.200').get(path));
      expect(errorCode(answer), path).toBe(code);
      expect(answer.headers).toMatchObject({
        'retry-after': '1',
        'ratelimit-limit': '10;w=10',
        'ratelimit-remaining': '0;w=10',
        'ratelimit-reset': '10',
      });
    }
    for (const path of ['/healthz', '/readyz', '/healthz', '/readyz']) {
      const answer = await from('192.0.2.1', registry.anonymous).get(path);
      expect([answer.status, answer.headers['ratelimit-limit']]).toEqual([200, undefined]);
    }
    expect((await from('198.51.100.2').get('/v2/')).status).toBe(200);
    expect(await metrics()).toContain('roadstead_http_refusals_total{kind="network-rate"} 4');
  });

  it('of an account hold in the registry and in its management, wherever it comes from', async () => {
    registry = await openRegistry({ env: { ...PROXY, ROADSTEAD_REQUEST_RATE_PER_PRINCIPAL: '1' } });
    for (let index = 0; index < 10; index += 1) {
      const path = index % 2 === 0 ? '/v2/' : '/api/v2.0/projects';
      expect((await from(`192.0.${index}.1`).get(path)).status).toBe(200);
    }
    const refused = await askUntilRefused(() => from('192.0.77.1').get('/v2/'));
    expect(errorCode(refused)).toBe('TOOMANYREQUESTS');
    const management = await askUntilRefused(() => from('192.0.78.1').get('/api/v2.0/projects'));
    expect(errorCode(management)).toBe('TOO_MANY_REQUEST');
    expect(management.headers['retry-after']).toBe('1');
    expect((await from('192.0.77.1', registry.anonymous).get('/v2/')).status).toBe(401);
    const carol = await registry.createUser('carol');
    expect((await from('192.0.77.1', carol).get('/v2/')).status).toBe(200);
  });

  it('are silent unless somebody sets them', async () => {
    registry = await openRegistry();
    const answer = await registry.admin.get('/v2/');
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });

  it('of blobs on their way let manifests, checks and the end of an upload through', async () => {
    registry = await openRegistry({ env: { ...PROXY, ROADSTEAD_MAX_TRANSFERS_PER_PRINCIPAL: '1' } });
    await registry.admin.createProject('team');
    const image = sampleImage();
    await registry.admin.pushImage('team/app', 'v1', image);
    const upload = await registry.admin.startUpload('team/app');
    const hold = Promise.withResolvers<void>();
    async function* slowly() {
      yield freshBytes(1_000);
      await hold.promise;
      yield freshBytes(1_000);
    }
    const other = await registry.admin.startUpload('team/app');
    const slow = registry.admin.send(upload, { method: 'PATCH', body: slowly() });
    const blob = `/v2/team/app/blobs/${digestOf(image.blobs[0] ?? Buffer.alloc(0))}`;
    await expect.poll(async () => (await registry.admin.get(blob)).status).toBe(429);
    const refused = await registry.admin.send(other, { method: 'PATCH', body: freshBytes(10) });
    expect([refused.status, errorCode(refused), refused.headers['retry-after']]).toEqual([429, 'TOOMANYREQUESTS', '1']);
    expect((await registry.admin.head(blob)).status).toBe(200);
    expect((await registry.admin.get('/v2/team/app/manifests/v1')).status).toBe(200);
    const empty = `sha256:${'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}`;
    expect((await registry.admin.put(`${other}${other.includes('?') ? '&' : '?'}digest=${empty}`)).status).toBe(201);
    hold.resolve();
    expect((await slow).status).toBe(202);
    await expect.poll(async () => (await registry.admin.get(blob)).status).toBe(200);
    expect(await metrics()).toMatch(/roadstead_http_refusals_total\{kind="principal-transfers"\} \d+/);
  });

  it('of connections close what is beyond them with an answer, and none of a trusted proxy', async () => {
    registry = await openRegistry({ env: { ROADSTEAD_MAX_CONNECTIONS_PER_ADDRESS: '3' } });
    const sockets: Socket[] = [];
    const open = async () => {
      const socket = connect(registry.config.listen.port, '127.0.0.1');
      socket.on('error', () => undefined);
      sockets.push(socket);
      await once(socket, 'connect');
      return socket;
    };
    const readAll = async (socket: Socket) => {
      const pieces: Buffer[] = [];
      socket.on('data', (piece: Buffer) => pieces.push(piece));
      await once(socket, 'close');
      return Buffer.concat(pieces).toString();
    };
    const ask = async (socket: Socket) => {
      socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      return readAll(socket);
    };
    const kept = [await open(), await open(), await open()];
    const refused = await ask(await open());
    expect(refused).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/);
    expect(refused).toContain('Retry-After: 1\r\n');
    expect(JSON.parse(refused.slice(refused.indexOf('\r\n\r\n')))).toMatchObject({
      errors: [{ code: 'TOOMANYREQUESTS' }],
    });
    expect(refused.match(/HTTP\/1\.1/g)).toHaveLength(1);
    kept[0]?.destroy();
    await expect.poll(async () => (await ask(await open())).slice(0, 12)).toBe('HTTP/1.1 200');
    expect(await metrics()).toMatch(/roadstead_http_refusals_total\{kind="address-connections"\} \d+/);
    for (const socket of sockets) socket.destroy();
    await registry.restart(PROXY);
    const many = await Promise.all(Array.from({ length: 10 }, open));
    expect(await ask(many[9] as Socket)).toMatch(/^HTTP\/1\.1 200/);
    for (const socket of sockets) socket.destroy();
  });
});
