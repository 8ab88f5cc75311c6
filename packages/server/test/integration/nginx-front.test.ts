import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findReasonAgainstNginx, type RunningNginx, startNginx } from '../support/start-nginx.ts';
import { type Answer, errorCode } from './support/http-client.ts';
import { ADMIN, type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { digestOf, freshBytes, sampleImage } from './support/sample-content.ts';

const reason = findReasonAgainstNginx();
if (reason !== undefined) console.log(`not run: nginx in front, because ${reason}`);

/** The configuration that the documentation gives, with this machine's paths and ports. */
function documentedLocations(registry: OpenRegistry): string {
  const document = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/configuration.md'), 'utf8');
  const block = /```nginx\n([\s\S]*?)```/.exec(document)?.[1] ?? '';
  return block.replace('http://127.0.0.1:8080', registry.url).replace('/var/lib/roadstead', registry.config.dataDir);
}

describe.runIf(reason === undefined)('blobs that an nginx in front sends itself', () => {
  let registry: OpenRegistry;
  let nginx: RunningNginx;
  let client: RegistryClient;
  const bytes = freshBytes(3_000_001);
  const digest = digestOf(bytes);
  const blob = `/v2/team/app/blobs/${digest}`;

  beforeAll(async () => {
    registry = await openRegistry({
      blobs: { kind: 'files' },
      env: { ROADSTEAD_ACCEL_REDIRECT: '/internal-blobs', ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1' },
    });
    nginx = await startNginx(documentedLocations(registry));
    client = RegistryClient.withBasic(nginx.url, ADMIN);
    await client.createProject('team');
    await client.pushBlob('team/app', bytes);
  });
  afterAll(async () => {
    await nginx?.stop();
    await registry?.close();
  });

  /** What Roadstead itself answers to a trusted proxy. */
  const askAsProxy = (headers: Record<string, string> = {}, method = 'GET') =>
    registry.admin.send(blob, { method, headers });

  it('come whole, with the headers that Roadstead gave', async () => {
    const redirected = await askAsProxy();
    expect(redirected.headers['x-accel-redirect']).toMatch(
      /^\/internal-blobs\/instances\/main\/blobs\/blobs\/[0-9a-f]{2}\/sha256-/,
    );
    expect(redirected.body.length).toBe(0);
    const answer = await client.get(blob);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(bytes)).toBe(true);
    const head = await registry.admin.head(blob);
    expect(withoutHops(answer)).toEqual(withoutHops(head));
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=100-', 100, bytes.length],
    ['bytes=-5', bytes.length - 5, bytes.length],
    ['bytes=2999999-9000000', 2_999_999, bytes.length],
  ])('come by the single range %s', async (range, start, end) => {
    expect((await askAsProxy({ Range: range })).headers['x-accel-redirect']).toBeDefined();
    const answer = await client.get(blob, { Range: range });
    expect(answer.status).toBe(206);
    expect(answer.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${bytes.length}`);
    expect(answer.headers).toMatchObject({ 'docker-content-digest': digest, etag: `"${digest}"` });
    expect(answer.body.equals(bytes.subarray(start, end))).toBe(true);
  });

  it.each([
    ['several ranges', { Range: 'bytes=0-9,20-29' }, 206],
    ['a range that means nothing', { Range: 'bytes=0-10,5-15' }, 200],
    ['a range and one out of reach', { Range: 'bytes=0-9,5000000-' }, 206],
    ['a range with another validator', { Range: 'bytes=0-3', 'If-Range': '"sha256:other"' }, 200],
    ['a range with its validator', { Range: 'bytes=0-3', 'If-Range': `"${digest}"` }, 206],
    ['a condition by time', { 'If-Modified-Since': 'Wed, 21 Oct 2037 07:28:00 GMT' }, 200],
  ] as const)('are not left to nginx where it would judge otherwise: %s', async (_, headers, status) => {
    const direct = await askAsProxy(headers);
    expect(direct.headers['x-accel-redirect']).toBeUndefined();
    const answer = await client.get(blob, headers);
    expect([direct.status, answer.status]).toEqual([status, status]);
    expect(answer.body.length).toBe(direct.body.length);
  });

  it('are judged by Roadstead alone: conditions, ranges out of reach, and who may read', async () => {
    expect((await client.get(blob, { 'If-None-Match': `"${digest}"` })).status).toBe(304);
    const other = await client.get(blob, { 'If-None-Match': '"other"' });
    expect(other.body.equals(bytes)).toBe(true);
    const beyond = await client.get(blob, { Range: 'bytes=3000001-' });
    expect([beyond.status, errorCode(beyond)]).toEqual([416, 'RANGE_INVALID']);
    expect((await new RegistryClient(nginx.url).get(blob)).status).toBe(401);
    const head = await client.head(blob);
    expect([head.status, head.headers['content-length']]).toEqual([200, String(bytes.length)]);
  });

  it('cannot be had past Roadstead, nor anything else of the data folder', async () => {
    const path = (await askAsProxy()).headers['x-accel-redirect'];
    for (const inside of [
      String(path),
      '/internal-blobs/instances/main/metadata.sqlite',
      '/internal-blobs/master.key',
    ]) {
      expect((await client.get(inside)).status).toBe(404);
    }
  });

  it('go the ordinary way to whoever is no trusted proxy', async () => {
    await registry.restart({ ROADSTEAD_TRUSTED_PROXIES: '192.0.2.1' });
    const direct = await askAsProxy();
    expect(direct.headers['x-accel-redirect']).toBeUndefined();
    expect(direct.body.equals(bytes)).toBe(true);
    await registry.restart();
  });

  it('are no blobs any more when the storage has lost them, and are pushed again', async () => {
    const lost = freshBytes(400_000);
    const gone = `/v2/team/app/blobs/${await client.pushBlob('team/app', lost)}`;
    const row = await registry.store.findBlobRow(digestOf(lost));
    await registry.store.hideObject(row?.storage_key ?? '');
    const answer = await client.get(gone);
    expect([answer.status, errorCode(answer)]).toEqual([404, 'BLOB_UNKNOWN']);
    await client.pushBlob('team/app', lost);
    expect((await client.get(gone)).body.equals(lost)).toBe(true);
  });

  it('do not end short when their file is damaged', async () => {
    const damaged = freshBytes(400_000);
    await client.pushBlob('team/app', damaged);
    const row = await registry.store.findBlobRow(digestOf(damaged));
    await registry.store.damageObject(row?.storage_key ?? '', 100_000);
    const answer = await client.get(`/v2/team/app/blobs/${digestOf(damaged)}`);
    expect(answer.status).toBe(500);
  });

  it('are part of an image that is pushed and pulled through it', async () => {
    const image = sampleImage();
    await client.pushImage('team/image', 'v1', image);
    expect((await client.get('/v2/team/image/manifests/v1')).body.equals(image.bytes)).toBe(true);
    for (const layer of image.blobs) {
      expect((await client.get(`/v2/team/image/blobs/${digestOf(layer)}`)).body.equals(layer)).toBe(true);
    }
  });
});

/** The headers but for those of the connection, and those that differ from answer to answer. */
function withoutHops({ headers }: Answer): Record<string, unknown> {
  const { date, server, connection, 'keep-alive': keepAlive, 'x-request-id': id, ...others } = headers;
  return { ...others, hasRequestId: id !== undefined };
}
