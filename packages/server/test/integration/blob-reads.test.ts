import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type Answer, errorCode } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

describe.each(ENGINES)('a blob that is read from %s', (engine) => {
  let registry: OpenRegistry;
  let bytes: Buffer;
  let digest: string;
  let path: string;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
    bytes = freshBytes(200_000);
    digest = await registry.admin.pushBlob('team/app', bytes);
    path = `/v2/team/app/blobs/${digest}`;
  });
  afterAll(() => registry?.close());

  it('has headers that HEAD and GET agree on', async () => {
    const got = await registry.admin.get(path);
    const head = await registry.admin.head(path);
    expect(got.status).toBe(200);
    expect(head.status).toBe(200);
    expect(withoutVolatile(head)).toEqual(withoutVolatile(got));
    expect(got.headers).toMatchObject({
      'content-length': String(bytes.length),
      'content-type': 'application/octet-stream',
      'docker-content-digest': digest,
      etag: `"${digest}"`,
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    });
    expect(got.headers['content-security-policy']).toContain('sandbox');
    expect(head.body.length).toBe(0);
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=100-', 100, 200_000],
    ['bytes=-5', 199_995, 200_000],
    ['bytes=199999-400000', 199_999, 200_000],
    ['bytes=65535-131072', 65_535, 131_073],
  ])('gives the single range %s', async (range, start, end) => {
    const answer = await registry.admin.get(path, { Range: range });
    expect(answer.status).toBe(206);
    expect(answer.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${bytes.length}`);
    expect(answer.headers['content-length']).toBe(String(end - start));
    expect(answer.body.equals(bytes.subarray(start, end))).toBe(true);
  });

  it('gives several ranges as multipart/byteranges of the announced length', async () => {
    const answer = await registry.admin.get(path, { Range: 'bytes=10-19,100-100,-3' });
    expect(answer.status).toBe(206);
    const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(answer.headers['content-type'] ?? '')?.[1];
    expect(Number(answer.headers['content-length'])).toBe(answer.body.length);
    const parts = answer.body.toString('latin1').split(`--${boundary}`);
    expect(parts.at(-1)).toBe('--\r\n');
    const ranges = [
      [10, 20],
      [100, 101],
      [199_997, 200_000],
    ] as const;
    expect(parts).toHaveLength(ranges.length + 2);
    for (const [index, [start, end]] of ranges.entries()) {
      const [head, content] = (parts[index + 1] ?? '').split('\r\n\r\n');
      expect(head).toContain(`Content-Range: bytes ${start}-${end - 1}/${bytes.length}`);
      expect(content).toBe(`${bytes.subarray(start, end).toString('latin1')}\r\n`);
    }
  });

  it.each(['bytes=200000-', 'bytes=500-0', 'bytes=-0'])('answers 416 with the size to %s', async (range) => {
    const answer = await registry.admin.get(path, { Range: range });
    expect([answer.status, errorCode(answer)]).toEqual([416, 'RANGE_INVALID']);
    expect(answer.headers['content-range']).toBe(`bytes */${bytes.length}`);
    expect(answer.headers.etag).toBeUndefined();
  });

  it.each(['bytes=a-b', 'lines=0-1', 'bytes=0-10,5-15'])(
    'comes whole for a range that means nothing: %s',
    async (range) => {
      const answer = await registry.admin.get(path, { Range: range });
      expect(answer.status).toBe(200);
      expect(answer.body.equals(bytes)).toBe(true);
    },
  );

  it('heeds a range only while If-Range names its strong entity tag', async () => {
    const ask = (condition: string) => registry.admin.get(path, { Range: 'bytes=0-3', 'If-Range': condition });
    expect((await ask(`"${digest}"`)).status).toBe(206);
    for (const other of ['"sha256:other"', `W/"${digest}"`, 'Wed, 21 Oct 2026 07:28:00 GMT', '*']) {
      const whole = await ask(other);
      expect([whole.status, whole.body.length], other).toEqual([200, bytes.length]);
    }
  });

  it('is a 304 without a body for who holds it', async () => {
    for (const tag of [`"${digest}"`, `W/"${digest}"`, `"x", "${digest}"`, '*']) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await registry.admin.send(path, { method, headers: { 'If-None-Match': tag } });
        expect([answer.status, answer.body.length], `${method} ${tag}`).toEqual([304, 0]);
        expect(answer.headers.etag).toBe(`"${digest}"`);
      }
    }
    expect((await registry.admin.get(path, { 'If-None-Match': '"other"' })).status).toBe(200);
  });

  it('is a 404 where its repository does not hold it, whoever else does', async () => {
    await registry.admin.pushBlob('team/else', freshBytes());
    for (const repository of ['team/else', 'team/never']) {
      const answer = await registry.admin.get(`/v2/${repository}/blobs/${digest}`);
      expect([answer.status, errorCode(answer)]).toEqual([404, 'BLOB_UNKNOWN']);
      const head = await registry.admin.head(`/v2/${repository}/blobs/${digest}`);
      expect([head.status, head.body.length]).toEqual([404, 0]);
    }
    const malformed = await registry.admin.get('/v2/team/app/blobs/sha256:abc');
    expect([malformed.status, errorCode(malformed)]).toEqual([400, 'DIGEST_INVALID']);
  });

  it('is not cut short silently when its file is damaged: the connection breaks or the answer is an error', async () => {
    const lost = freshBytes(1_000);
    await registry.admin.pushBlob('team/app', lost);
    const row = await registry.store.findBlobRow(digestOf(lost));
    await registry.store.damageObject(row?.storage_key ?? '', 500);
    const outcome = await registry.admin.get(`/v2/team/app/blobs/${digestOf(lost)}`).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome.message).toMatch(/aborted|hang up|reset/);
    else expect((outcome as Answer).status).toBe(500);
  });
});

/** Headers that differ from answer to answer by their nature. */
function withoutVolatile({ headers }: Answer): Record<string, unknown> {
  const { date, 'x-request-id': id, ...others } = headers;
  return others;
}
