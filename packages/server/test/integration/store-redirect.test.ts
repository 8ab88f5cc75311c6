import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

const REPOSITORY = 'team/app';

describe.runIf(inject('s3') !== undefined)('blobs that clients fetch from the object store', () => {
  let registry: OpenRegistry;
  const bytes = freshBytes(6_000_000);
  const blob = `/v2/${REPOSITORY}/blobs/${digestOf(bytes)}`;

  beforeAll(async () => {
    registry = await openRegistry({ blobs: { kind: 's3', parameters: '&redirect=true' } });
    await registry.admin.createProject('team');
    await registry.admin.pushBlob(REPOSITORY, bytes);
  }, 130_000);
  afterAll(() => registry?.close());

  it('come from there, whole and by ranges, without any credentials of ours', async () => {
    const answer = await registry.admin.get(blob);
    expect(answer.status).toBe(307);
    expect(answer.headers['docker-content-digest']).toBe(digestOf(bytes));
    expect(answer.headers['cache-control']).toBe('no-store');
    const whole = await fetch(answer.headers.location ?? '');
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    expect(whole.headers.get('content-type')).toBe('application/octet-stream');
    expect(whole.headers.get('content-disposition')).toBe('attachment');
    const range = await fetch(answer.headers.location ?? '', { headers: { Range: 'bytes=1000-1999' } });
    expect(range.status).toBe(206);
    expect(Buffer.from(await range.arrayBuffer()).equals(bytes.subarray(1_000, 2_000))).toBe(true);
  });

  it('are answered here where no bytes are wanted, or several ranges', async () => {
    const head = await registry.admin.head(blob);
    expect([head.status, head.headers['content-length']]).toEqual([200, '6000000']);
    const several = await registry.admin.get(blob, { Range: 'bytes=0-9,100-109' });
    expect(several.headers['content-type']).toMatch(/^multipart\/byteranges/);
    const known = await registry.admin.get(blob, { 'If-None-Match': `"${digestOf(bytes)}"` });
    expect(known.status).toBe(304);
  });

  it('are not given to whoever may not pull, and not when their bytes are gone', async () => {
    expect((await (await registry.createUser('stranger')).get(blob)).status).toBe(403);
    const row = await registry.store.findBlobRow(digestOf(bytes));
    const bringBack = await registry.store.hideObject(row?.storage_key ?? '');
    expect((await registry.admin.get(blob)).status).toBe(404);
    await bringBack();
    expect((await registry.admin.get(blob)).status).toBe(307);
  });
});
