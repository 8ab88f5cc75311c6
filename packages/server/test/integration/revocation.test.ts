import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { ENGINES } from './support/engines.ts';
import { readJson, type SendOptions, send } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const PULL = [{ kind: 'project', namespace: 'team', access: [{ resource: 'repository', action: 'pull' }] }];
/** What the product promises is five seconds. */
const PROMISED_MS = 5_000;
/** Connections are dealt out in turn, so that so many reach every process. */
const ROUND = 6;

describe('on every process of a server, what was revoked is refused within five seconds:', () => {
  let server: RunningRoadstead;

  beforeAll(async () => {
    server = await startRoadstead({ env: { ROADSTEAD_PROCESSES: '3', ROADSTEAD_LOG_LEVEL: 'info' } });
    await server.createProject('team');
    // The first process answers before the others have started.
    await vi.waitFor(() => expect(server.log()).toContain('serves on'), { timeout: 15_000 });
  }, 60_000);
  afterAll(() => server?.stop());

  /** On a connection of its own, so that the primary gives it to the next process. */
  const ask = (authorization: string, path: string, { headers, ...options }: SendOptions = {}) =>
    send(`${server.url}${path}`, { ...options, headers: { authorization, Connection: 'close', ...headers } });
  const basic = (name: string, secret: string) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
  const asAdmin = (method: string, path: string, body?: object) =>
    ask(basic('admin', server.admin.password), path, {
      method,
      headers: JSON_TYPE,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const list = async (authorization: string) => (await ask(authorization, '/v2/team/app/tags/list')).status;
  async function bearerFor(authorization: string): Promise<string> {
    const query = 'service=harbor-registry&scope=repository:team/app:pull';
    const answer = await ask(authorization, `/service/token?${query}`);
    return `Bearer ${readJson<{ token: string }>(answer).token}`;
  }
  async function createRobot(name: string) {
    const body = { name, level: 'project', duration: -1, permissions: PULL };
    return readJson<{ id: number; name: string; secret: string }>(await asAdmin('POST', '/api/v2.0/robots', body));
  }

  /** All processes take the credentials, then all of them refuse them in time. */
  async function expectRevoked(credentials: readonly string[], revoke: () => Promise<unknown>): Promise<void> {
    const ofAll = async () => {
      const each = credentials.flatMap((one) => Array.from({ length: ROUND }, () => one));
      return new Set(await Promise.all(each.map(list)));
    };
    expect(await ofAll()).toEqual(new Set([404]));
    await revoke();
    const revokedAt = performance.now();
    await expect.poll(ofAll, { timeout: PROMISED_MS, interval: 200 }).toEqual(new Set([401]));
    expect(performance.now() - revokedAt).toBeLessThan(PROMISED_MS);
  }

  it('a robot that is disabled', async () => {
    const { id, name, secret } = await createRobot('disabled');
    const path = `/api/v2.0/robots/${id}`;
    const shown = readJson<object>(await asAdmin('GET', path));
    const own = basic(name, secret);
    await expectRevoked([own, await bearerFor(own)], () => asAdmin('PUT', path, { ...shown, disable: true }));
  });

  it('a robot that is deleted, and one whose secret is replaced', async () => {
    const gone = await createRobot('gone');
    const replaced = await createRobot('replaced');
    const credentials = [];
    for (const { name, secret } of [gone, replaced]) {
      const own = basic(name, secret);
      credentials.push(own, await bearerFor(own));
    }
    await expectRevoked(credentials, async () => {
      await asAdmin('DELETE', `/api/v2.0/robots/${gone.id}`);
      await asAdmin('PATCH', `/api/v2.0/robots/${replaced.id}`, {});
    });
  });

  it('an access token', async () => {
    const answer = await asAdmin('POST', '/api/roadstead/v1/access-tokens', { name: 'revoked' });
    const { id, token } = readJson<{ id: number; token: string }>(answer);
    const own = basic('admin', token);
    await expectRevoked([own, await bearerFor(own)], () => asAdmin('DELETE', `/api/roadstead/v1/access-tokens/${id}`));
  });
});

describe.each(ENGINES)('refresh tokens on %s', (engine) => {
  let registry: OpenRegistry;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
  }, 60_000);
  afterAll(() => registry?.close());

  const login = async (client: RegistryClient) =>
    readJson<{ refresh_token: string }>(
      await client.get('/service/token?service=harbor-registry&offline_token=true&client_id=docker'),
    ).refresh_token;
  const refresh = (refreshToken: string) =>
    registry.anonymous.post(
      '/service/token',
      new URLSearchParams({
        grant_type: 'refresh_token',
        service: 'harbor-registry',
        refresh_token: refreshToken,
        scope: 'repository:team/app:pull',
      }).toString(),
      { 'Content-Type': 'application/x-www-form-urlencoded' },
    );

  it('survive a restart, and die with their owner', async () => {
    const [hers, kept] = [await login(await registry.createUser('alice')), await login(registry.admin)];
    await registry.restart();
    expect([(await refresh(hers)).status, (await refresh(kept)).status]).toEqual([200, 200]);
    await registry.store.database.write((tx) => tx.deleteFrom('users').where('username', '=', 'alice').execute());
    expect([(await refresh(hers)).status, (await refresh(kept)).status]).toEqual([401, 200]);
    const stored = await registry.store.database.reader.selectFrom('refresh_tokens').select('token_hash').execute();
    expect(stored.map(({ token_hash }) => Buffer.from(token_hash).toString('hex'))).toEqual([
      createHash('sha256').update(kept).digest('hex'),
    ]);
    const bearer = new RegistryClient(registry.url, { authorization: `Bearer ${hers}` });
    expect((await bearer.get('/v2/')).status).toBe(401);
  });
});
