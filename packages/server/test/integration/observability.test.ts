import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../support/find-free-port.ts';
import { ENGINES } from './support/engines.ts';
import { readJson, send } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { freshBytes, sampleImage } from './support/sample-content.ts';

interface AccessLine {
  readonly level: number;
  readonly msg: string;
  readonly requestId: string;
  readonly [field: string]: unknown;
}

describe.each(ENGINES)('what a server on %s tells of itself:', (engine) => {
  let registry: OpenRegistry;
  let metricsUrl: string;

  beforeAll(async () => {
    const listen = `127.0.0.1:${await findFreePort()}`;
    metricsUrl = `http://${listen}/metrics`;
    registry = await openRegistry({
      engine,
      env: { ROADSTEAD_METRICS_LISTEN: listen, ROADSTEAD_WARNING: 'Closed on Sunday' },
    });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  const lines = (): readonly AccessLine[] => registry.logLines.map((line) => JSON.parse(line));
  const lineOf = async (requestId: string) => {
    await expect.poll(() => lines().filter((line) => line.requestId === requestId).length).toBeGreaterThan(0);
    return lines().find((line) => line.requestId === requestId);
  };
  const metrics = async () => (await send(metricsUrl)).text;

  it('each request has one line of JSON with its id, operation, status and author', async () => {
    await registry.admin
      .with({ 'x-request-id': 'line-1', 'user-agent': 'test/1' })
      .get('/v2/team/app/manifests/none?query=secret');
    expect(await lineOf('line-1')).toMatchObject({
      level: 30,
      msg: 'request',
      method: 'GET',
      path: '/v2/team/app/manifests/none',
      operation: 'get_manifest',
      status: 404,
      complete: true,
      address: '127.0.0.1',
      principal: 'user:1',
      userAgent: 'test/1',
    });
    await registry.admin.with({ 'x-request-id': 'line-2' }).get('/api/v2.0/projects/team');
    expect(await lineOf('line-2')).toMatchObject({ status: 200, principal: 'user:1' });
    await registry.anonymous.with({ 'x-request-id': 'line-3' }).get('/nothing/here');
    expect(await lineOf('line-3')).toMatchObject({ status: 404, principal: 'anonymous' });
  });

  it('the request id of the client comes back where it is harmless, and a fresh one else', async () => {
    for (const path of ['/v2/', '/healthz', '/api/v2.0/projects', '/service/token', '/nothing']) {
      const answer = await registry.admin.get(path, { 'x-request-id': 'abc.DEF-1/2=' });
      expect(answer.headers['x-request-id'], path).toBe('abc.DEF-1/2=');
    }
    for (const id of ['two words', 'x'.repeat(129), '"quoted"', '{}']) {
      const answer = await registry.admin.get('/v2/', { 'x-request-id': id });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('the id of a request stands in the journal beside what it changed', async () => {
    const image = sampleImage();
    await registry.admin.with({ 'x-request-id': 'told-2', 'user-agent': 'test/2' }).pushImage('team/app', 'v1', image);
    const rows = (await registry.store.rows('journal')).filter((row) => row['request_id'] === 'told-2');
    expect(rows.map((row) => row['kind'])).toEqual(['blob.uploaded', 'blob.uploaded', 'manifest.pushed', 'tag.moved']);
    expect(rows.every((row) => row['user_agent'] === 'test/2')).toBe(true);
  });

  it('health is 200 without credentials, and both answers are JSON', async () => {
    for (const [path, status] of [
      ['/healthz', 'ok'],
      ['/readyz', 'ready'],
    ] as const) {
      const answer = await registry.anonymous.get(path);
      expect([answer.status, readJson(answer)]).toEqual([200, { status }]);
    }
  });

  it('the warning of the operator is on every answer of /v2, errors included', async () => {
    const answers = await Promise.all([
      registry.anonymous.get('/v2/'),
      registry.admin.get('/v2/'),
      registry.admin.get('/v2/team/app/manifests/none'),
      registry.admin.get('/v2/nonsense'),
      registry.admin.post('/v2/team/app/blobs/uploads/'),
    ]);
    for (const answer of answers) expect(answer.headers.warning).toBe('299 - "Closed on Sunday"');
    expect((await registry.admin.get('/api/v2.0/projects')).headers.warning).toBeUndefined();
  });

  it('metrics count requests by operation and code, on a listener of their own', async () => {
    const count = async (operation: string, code: number) => {
      const pattern = new RegExp(
        `^harbor_core_http_request_total\\{[^}]*code="${code}"[^}]*operation="${operation}"[^}]*\\} (\\d+)`,
        'm',
      );
      return Number(pattern.exec(await metrics())?.[1] ?? 0);
    };
    const before = await count('get_blob', 404);
    await registry.admin.get(`/v2/team/app/blobs/sha256:${'0'.repeat(64)}`);
    await expect.poll(() => count('get_blob', 404)).toBe(before + 1);
    const text = await metrics();
    for (const name of [
      'harbor_core_http_request_total',
      'harbor_core_http_request_duration_seconds_bucket',
      'harbor_core_http_inflight_requests',
      'roadstead_http_received_bytes_total',
      'roadstead_http_sent_bytes_total',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_seconds',
    ]) {
      expect(text).toContain(`\n${name}`);
    }
    expect((await registry.anonymous.get('/metrics')).status).toBe(404);
  });

  it('metrics do not grow with the names that clients make up', async () => {
    for (let index = 0; index < 20; index += 1) {
      await registry.admin.get(`/v2/team/made-up-${index}/manifests/x`);
      await registry.admin.get(`/made-up-${index}`);
      await registry.admin.get(`/api/v2.0/projects/made-up-${index}`);
      await registry.admin.send('/v2/', { method: 'PROPFIND' });
    }
    expect(await metrics()).not.toContain('made-up');
  });

  // Found by reading: what came together with the head of a request was never counted.
  it('metrics count the bytes of uploads and downloads, small ones too', async () => {
    const read = async (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await metrics())?.[1]);
    const before = {
      received: await read('roadstead_http_received_bytes_total'),
      sent: await read('roadstead_http_sent_bytes_total'),
    };
    const size = 2_000;
    const digests: string[] = [];
    for (let index = 0; index < 20; index += 1)
      digests.push(await registry.admin.pushBlob('team/app', freshBytes(size)));
    for (const digest of digests) await registry.admin.get(`/v2/team/app/blobs/${digest}`);
    await expect.poll(() => read('roadstead_http_sent_bytes_total')).toBeGreaterThan(before.sent + 20 * size);
    expect(await read('roadstead_http_received_bytes_total')).toBeGreaterThan(before.received + 20 * size);
  });

  it('a failure inside is a 500 without its reason, and a line in the log with it', async () => {
    await registry.store.database.write((tx) => tx.schema.alterTable('tags').renameTo('tags_away').execute());
    try {
      const answer = await registry.admin.with({ 'x-request-id': 'failure-1' }).get('/v2/team/app/tags/list');
      expect(answer.status).toBe(500);
      expect(readJson(answer)).toEqual({ errors: [{ code: 'UNKNOWN', message: expect.any(String) }] });
      expect(answer.text).not.toContain('tags');
      const failure = lines().find((line) => line.requestId === 'failure-1' && line.level === 50);
      expect(JSON.stringify(failure)).toContain('tags');
    } finally {
      await registry.store.database.write((tx) => tx.schema.alterTable('tags_away').renameTo('tags').execute());
    }
    expect((await registry.admin.get('/v2/team/app/tags/list')).status).toBe(200);
  });
});
