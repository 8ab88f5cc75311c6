import fs from 'node:fs';
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSelfSignedCertificate } from '../support/create-self-signed-certificate.ts';
import { findFreePort } from '../support/find-free-port.ts';
import { type Answer, errorCode, send } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

const SIZE = 5_000_003;
const bytes = freshBytes(SIZE);
const digest = digestOf(bytes);
const blob = `/v2/team/app/blobs/${digest}`;

async function openWithBlob(env: Readonly<Record<string, string>>): Promise<OpenRegistry> {
  const registry = await openRegistry({ env, blobs: { kind: 'files' } });
  await registry.admin.createProject('team');
  await registry.admin.pushBlob('team/app', bytes);
  return registry;
}

/** How much of stored files was read into this process's memory by the ordinary way while `work` ran, in bytes. */
async function countBytesRead<Result>(work: () => Promise<Result>): Promise<{ result: Result; bytesRead: number }> {
  const read = vi.spyOn(fs, 'read');
  const result = await work();
  const lengths = read.mock.calls.map((call: readonly unknown[]) => Number(call[3]));
  read.mockRestore();
  return { result, bytesRead: lengths.reduce((sum, length) => sum + length, 0) };
}

afterEach(() => vi.restoreAllMocks());

describe('blobs sent with sendfile', () => {
  let registry: OpenRegistry;
  let metricsUrl: string;

  beforeAll(async () => {
    const metrics = `127.0.0.1:${await findFreePort()}`;
    metricsUrl = `http://${metrics}/metrics`;
    registry = await openWithBlob({ ROADSTEAD_SENDFILE: 'on', ROADSTEAD_METRICS_LISTEN: metrics });
  });
  afterAll(() => registry?.close());

  it('are right as a whole and by a range, with the headers of HEAD, and past the memory of the process', async () => {
    const whole = await countBytesRead(() => registry.admin.get(blob));
    expect(whole.result.status).toBe(200);
    expect(whole.result.body.equals(bytes)).toBe(true);
    expect(withoutVolatile(whole.result)).toEqual(withoutVolatile(await registry.admin.head(blob)));
    const part = await countBytesRead(() => registry.admin.get(blob, { Range: 'bytes=1000-3000000' }));
    expect(part.result.status).toBe(206);
    expect(part.result.headers['content-range']).toBe(`bytes 1000-3000000/${SIZE}`);
    expect(part.result.body.equals(bytes.subarray(1_000, 3_000_001))).toBe(true);
    expect([whole.bytesRead, part.bytesRead]).toEqual([0, 0]);
  });

  it('go the ordinary way when they are small, or several ranges were asked for', async () => {
    const small = await countBytesRead(() => registry.admin.get(blob, { Range: 'bytes=0-262143' }));
    expect(small.result.body.equals(bytes.subarray(0, 262_144))).toBe(true);
    expect(small.bytesRead).toBe(262_144);
    const several = await registry.admin.get(blob, { Range: 'bytes=0-999999,2000000-3999999' });
    expect(several.headers['content-type']).toMatch(/^multipart\/byteranges/);
    expect(several.body.includes(bytes.subarray(2_000_000, 4_000_000))).toBe(true);
  });

  it('count in the metrics like any other byte', async () => {
    const before = await sentBytes();
    await registry.admin.get(blob);
    await expect.poll(async () => (await sentBytes()) - before).toBeGreaterThan(SIZE);
    expect((await sentBytes()) - before).toBeLessThan(SIZE + 2_000);
  });

  it('hold nothing when their clients go away, and others get theirs meanwhile', async () => {
    const broken = Array.from({ length: 20 }, () => breakOff());
    const whole = await Promise.all(Array.from({ length: 8 }, () => registry.admin.get(blob)));
    expect(whole.every(({ body }) => body.equals(bytes))).toBe(true);
    await Promise.all(broken);
    await expect.poll(countOpenBlobs).toBe(0);
    await expect.poll(() => registry.logLines.filter((line) => line.includes('"complete":false')).length).toBe(20);
    expect(registry.logLines.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });

  it('are no blobs any more when the storage has lost them', async () => {
    const lost = freshBytes(400_000);
    const gone = `/v2/team/app/blobs/${await registry.admin.pushBlob('team/app', lost)}`;
    const row = await registry.store.findBlobRow(digestOf(lost));
    await registry.store.hideObject(row?.storage_key ?? '');
    const answer = await registry.admin.get(gone);
    expect([answer.status, errorCode(answer)]).toEqual([404, 'BLOB_UNKNOWN']);
    expect((await registry.admin.head(gone)).status).toBe(404);
  });

  function breakOff(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const asked = request(`${registry.url}${blob}`, { headers: { authorization: registry.authorization } });
    asked.on('response', (response) => response.once('data', () => response.destroy()));
    asked.on('error', () => undefined);
    asked.on('close', () => resolve());
    asked.end();
    return promise;
  }

  async function countOpenBlobs(): Promise<number> {
    const descriptors = await readdir('/proc/self/fd');
    const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
    return targets.filter((target) => target.startsWith(registry.config.dataDir) && target.includes('/blobs/')).length;
  }

  async function sentBytes(): Promise<number> {
    const { text } = await send(metricsUrl);
    return Number(/^roadstead_http_sent_bytes_total (\d+)/m.exec(text)?.[1]);
  }
});

describe('sendfile under TLS', () => {
  let folder: string;
  let registry: OpenRegistry;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'roadstead-sendfile-tls-'));
    const [cert, key] = [path.join(folder, 'tls.crt'), path.join(folder, 'tls.key')];
    const dates = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
    const { certPem, keyPem } = createSelfSignedCertificate({ name: 'localhost', ...dates });
    await Promise.all([writeFile(cert, certPem), writeFile(key, keyPem, { mode: 0o600 })]);
    registry = await openWithBlob({
      ROADSTEAD_SENDFILE: 'on',
      ROADSTEAD_TLS_CERT: cert,
      ROADSTEAD_TLS_KEY: key,
    });
  });
  afterAll(async () => {
    await registry?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('stays out of it: the bytes on the wire are others than those of the file', async () => {
    const { result, bytesRead } = await countBytesRead(() => registry.admin.get(blob));
    expect(result.body.equals(bytes)).toBe(true);
    expect(bytesRead).toBe(SIZE);
  });
});

/** Headers that differ from answer to answer by their nature. */
function withoutVolatile({ headers }: Answer): Record<string, unknown> {
  const { date, 'x-request-id': id, ...others } = headers;
  return others;
}
