import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { errorCode, readErrors } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

const REPOSITORY = 'team/app';

describe.each(ENGINES)('a blob upload on %s', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  async function expectStored(bytes: Buffer, digest = digestOf(bytes)) {
    const row = await registry.store.findBlobRow(digest);
    expect(row?.size).toBe(bytes.length);
    expect((await registry.store.readObject(row?.storage_key ?? '')).equals(bytes)).toBe(true);
    const pulled = await registry.admin.get(`/v2/${REPOSITORY}/blobs/${digest}`);
    expect(pulled.status).toBe(200);
    expect(pulled.body.equals(bytes)).toBe(true);
  }

  it('is a POST and a PUT, and leaves one row, one file and no upload', async () => {
    const bytes = freshBytes();
    const before = (await registry.store.listObjects()).length;
    const posted = await registry.admin.post(`/v2/${REPOSITORY}/blobs/uploads/`);
    expect(posted.status).toBe(202);
    expect(posted.headers).toMatchObject({ range: '0-0', 'content-length': '0' });
    expect(posted.headers.location).toMatch(/^\/v2\/team\/app\/blobs\/uploads\/[^/?]+$/);
    expect(posted.headers.location).toContain(posted.headers['docker-upload-uuid']);
    const closed = await registry.admin.put(`${posted.headers.location}?digest=${digestOf(bytes)}`, bytes);
    expect(closed.status).toBe(201);
    expect(closed.headers).toMatchObject({
      location: `/v2/${REPOSITORY}/blobs/${digestOf(bytes)}`,
      'docker-content-digest': digestOf(bytes),
    });
    await expectStored(bytes);
    expect((await registry.store.listObjects()).length).toBe(before + 1);
    expect(await registry.store.count('uploads')).toBe(0);
    expect(await registry.store.listUploads()).toEqual([]);
  });

  it('is a single POST with the digest', async () => {
    const bytes = freshBytes();
    const answer = await registry.admin.post(`/v2/${REPOSITORY}/blobs/uploads/?digest=${digestOf(bytes)}`, bytes);
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      location: `/v2/${REPOSITORY}/blobs/${digestOf(bytes)}`,
      'docker-content-digest': digestOf(bytes),
    });
    await expectStored(bytes);
  });

  it('is a streamed PATCH without Content-Range or Content-Length', async () => {
    const bytes = freshBytes(300_000);
    const location = await registry.admin.startUpload(REPOSITORY);
    const pieces = [bytes.subarray(0, 100_000), bytes.subarray(100_000, 100_001), bytes.subarray(100_001)];
    const patched = await registry.admin.patch(location, pieces);
    expect(patched.status).toBe(202);
    expect(patched.headers).toMatchObject({ location, range: `0-${bytes.length - 1}` });
    expect((await registry.admin.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
    await expectStored(bytes);
  });

  it('of no bytes at all is a blob of length 0', async () => {
    const empty = Buffer.alloc(0);
    const location = await registry.admin.startUpload(REPOSITORY);
    expect((await registry.admin.put(`${location}?digest=${digestOf(empty)}`)).status).toBe(201);
    const pulled = await registry.admin.get(`/v2/${REPOSITORY}/blobs/${digestOf(empty)}`);
    expect(pulled.status).toBe(200);
    expect(pulled.headers['content-length']).toBe('0');
    await expectStored(empty);
  });

  it('in chunks answers 416 to one out of order, tells where it stands, and goes on from there', async () => {
    const bytes = freshBytes(3_000);
    const location = await registry.admin.startUpload(REPOSITORY);
    const chunk = (start: number, end: number) =>
      registry.admin.patch(location, bytes.subarray(start, end), { 'Content-Range': `${start}-${end - 1}` });
    expect((await chunk(0, 1_000)).headers.range).toBe('0-999');
    for (const [start, end] of [
      [2_000, 3_000],
      [0, 1_000],
      [500, 1_500],
    ] as const) {
      const refused = await chunk(start, end);
      expect(refused.status).toBe(416);
      expect(errorCode(refused)).toBe('RANGE_INVALID');
    }
    const status = await registry.admin.get(location);
    expect(status.status).toBe(204);
    expect(status.headers).toMatchObject({ location, range: '0-999' });
    expect((await chunk(1_000, 2_000)).status).toBe(202);
    const wrongEnd = await registry.admin.put(`${location}?digest=${digestOf(bytes)}`, bytes.subarray(2_500), {
      'Content-Range': '2500-2999',
    });
    expect(wrongEnd.status).toBe(416);
    expect((await registry.admin.get(location)).headers.range).toBe('0-1999');
    const closed = await registry.admin.put(`${location}?digest=${digestOf(bytes)}`, bytes.subarray(2_000), {
      'Content-Range': '2000-2999',
    });
    expect(closed.status).toBe(201);
    await expectStored(bytes);
  });

  it('refuses a Content-Range that is malformed or contradicts Content-Length, and keeps what it had', async () => {
    const location = await registry.admin.startUpload(REPOSITORY);
    const malformed = await registry.admin.patch(location, freshBytes(10), { 'Content-Range': 'bytes=0-9' });
    expect([malformed.status, errorCode(malformed)]).toEqual([400, 'RANGE_INVALID']);
    const contradicting = await registry.admin.patch(location, freshBytes(10), { 'Content-Range': '0-99' });
    expect([contradicting.status, errorCode(contradicting)]).toEqual([400, 'SIZE_INVALID']);
    const short = await registry.admin.patch(location, [freshBytes(10)], { 'Content-Range': '0-99' });
    expect([short.status, errorCode(short)]).toEqual([400, 'SIZE_INVALID']);
    expect((await registry.admin.get(location)).headers.range).toBe('0-0');
    const bytes = freshBytes(100);
    expect((await registry.admin.patch(location, bytes, { 'Content-Range': '0-99' })).status).toBe(202);
    expect((await registry.admin.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
    await expectStored(bytes);
  });

  it('closed with another digest is 400, stores nothing, and is gone', async () => {
    const bytes = freshBytes();
    const other = digestOf(freshBytes());
    const before = await registry.store.listObjects();
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const location = await registry.admin.startUpload(REPOSITORY);
      const wrong = algorithm === 'sha256' ? other : digestOf(freshBytes(), 'sha512');
      const refused = await registry.admin.put(`${location}?digest=${wrong}`, bytes);
      expect([refused.status, errorCode(refused)]).toEqual([400, 'DIGEST_INVALID']);
      expect(readErrors(refused)[0]?.detail).toMatchObject({ named: wrong, actual: digestOf(bytes, algorithm) });
      expect((await registry.admin.get(location)).status).toBe(404);
    }
    const single = await registry.admin.post(`/v2/${REPOSITORY}/blobs/uploads/?digest=${other}`, bytes);
    expect([single.status, errorCode(single)]).toEqual([400, 'DIGEST_INVALID']);
    expect(await registry.store.listObjects()).toEqual(before);
    expect(await registry.store.listUploads()).toEqual([]);
    expect(await registry.store.count('uploads')).toBe(0);
    expect(await registry.store.findBlobRow(digestOf(bytes))).toBeUndefined();
  });

  it('closed without a digest, or with a malformed one, is 400 and stays open', async () => {
    const bytes = freshBytes(10);
    const location = await registry.admin.startUpload(REPOSITORY);
    for (const query of [
      '',
      '?digest=',
      '?digest=md5:00',
      '?digest=sha256:xyz',
      `?digest=${'sha256:A'.padEnd(71, 'A')}`,
    ]) {
      const refused = await registry.admin.put(`${location}${query}`, bytes);
      expect([refused.status, errorCode(refused)], query).toEqual([400, 'DIGEST_INVALID']);
    }
    expect((await registry.admin.put(`${location}?digest=${digestOf(bytes)}`, bytes)).status).toBe(201);
    await expectStored(bytes);
  });

  it('that is cancelled leaves neither row nor file, and its address answers 404', async () => {
    const location = await registry.admin.startUpload(REPOSITORY);
    await registry.admin.patch(location, freshBytes(100));
    expect(await registry.store.listUploads()).toHaveLength(1);
    const cancelled = await registry.admin.delete(location);
    expect(cancelled.status).toBe(204);
    expect(await registry.store.listUploads()).toEqual([]);
    expect(await registry.store.count('uploads')).toBe(0);
    for (const answer of [
      await registry.admin.get(location),
      await registry.admin.patch(location, freshBytes(10)),
      await registry.admin.put(`${location}?digest=${digestOf(freshBytes())}`),
      await registry.admin.delete(location),
    ]) {
      expect([answer.status, errorCode(answer)]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    }
  });

  it('of bytes that are here already adds a link and keeps one copy', async () => {
    const bytes = freshBytes();
    await registry.admin.pushBlob(REPOSITORY, bytes);
    const objects = await registry.store.listObjects();
    await registry.admin.pushBlob(REPOSITORY, bytes);
    await registry.admin.pushBlob('team/other', bytes);
    expect(await registry.store.listObjects()).toEqual(objects);
    const links = await registry.store.rows('repository_blobs');
    const row = await registry.store.findBlobRow(digestOf(bytes));
    expect(links.filter((link) => link['blob_id'] === row?.id)).toHaveLength(2);
  });

  it('sent twice at the same time by eight clients is one copy, and readable by each', async () => {
    const bytes = freshBytes(50_000);
    const repositories = Array.from({ length: 8 }, (_, index) => `team/parallel-${index % 4}`);
    await Promise.all(repositories.map((repository) => registry.admin.pushBlob(repository, bytes)));
    for (const repository of repositories) {
      const pulled = await registry.admin.get(`/v2/${repository}/blobs/${digestOf(bytes)}`);
      expect(pulled.body.equals(bytes)).toBe(true);
    }
    const row = await registry.store.findBlobRow(digestOf(bytes));
    const copies = (await registry.store.listObjects()).filter((key) => key.includes(digestOf(bytes).slice(7)));
    expect(copies).toEqual([row?.storage_key]);
  });
});
