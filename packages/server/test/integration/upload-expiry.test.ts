import type { Digest } from '@roadstead/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type OpenContent, openContent } from './support/open-content.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

const EXPIRY_MS = 60_000;

describe.each(ENGINES)('an upload that nobody continues on %s', (engine) => {
  let opened: OpenContent;

  beforeEach(async () => {
    opened = await openContent({ engine, uploadExpiryMs: EXPIRY_MS });
  });
  afterEach(() => opened?.close());

  const start = () => opened.content.uploads.create(opened.repository, opened.actor, 'sha256');
  const append = (id: string, bytes: Buffer) =>
    opened.content.uploads.append(id, opened.repository, opened.actor, {
      pieces: pieces(bytes),
      start: undefined,
      sizeBytes: undefined,
    });

  it('is reclaimed with its row and its file once its time is over, and not before', async () => {
    const upload = await start();
    await append(upload.id, freshBytes());
    opened.clock.advance(EXPIRY_MS - 1);
    expect(await opened.content.uploads.reclaimExpired()).toBe(0);
    expect(await opened.listUploads()).toHaveLength(1);
    opened.clock.advance(1);
    expect(await opened.content.uploads.reclaimExpired()).toBe(1);
    expect(await opened.countUploads()).toBe(0);
    expect(await opened.listUploads()).toEqual([]);
    await expect(append(upload.id, freshBytes())).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' });
  });

  it('lives on with each chunk', async () => {
    const bytes = freshBytes(300);
    const upload = await start();
    for (let offset = 0; offset < 300; offset += 100) {
      opened.clock.advance(EXPIRY_MS - 1);
      await append(upload.id, bytes.subarray(offset, offset + 100));
      expect(await opened.content.uploads.reclaimExpired()).toBe(0);
    }
    const closed = await opened.content.uploads.close(upload.id, opened.repository, opened.actor, {
      digest: digestOf(bytes) as Digest,
      body: undefined,
    });
    expect(closed.sizeBytes).toBe(300);
  });

  it('is reclaimed among many, and the others stay', async () => {
    for (let index = 0; index < 120; index += 1) await start();
    opened.clock.advance(EXPIRY_MS);
    const kept = await start();
    let reclaimed = 0;
    for (let count = -1; count !== 0; reclaimed += count) count = await opened.content.uploads.reclaimExpired();
    expect(reclaimed).toBe(120);
    expect(await opened.countUploads()).toBe(1);
    expect(await opened.content.uploads.get(kept.id, opened.repository, opened.actor)).toMatchObject({ id: kept.id });
  });

  // Found by reading: the time of expiry moves only when a chunk has ended.
  it('is not taken from under a request that is writing to it', async () => {
    const bytes = freshBytes(2_000);
    const upload = await start();
    const { promise: halted, resolve: go } = Promise.withResolvers<void>();
    const { promise: begun, resolve: tellBegun } = Promise.withResolvers<void>();
    const slow = opened.content.uploads.append(upload.id, opened.repository, opened.actor, {
      pieces: (async function* () {
        yield bytes.subarray(0, 1_000);
        tellBegun();
        await halted;
        yield bytes.subarray(1_000);
      })(),
      start: undefined,
      sizeBytes: undefined,
    });
    await begun;
    opened.clock.advance(EXPIRY_MS);
    expect(await opened.content.uploads.reclaimExpired()).toBe(0);
    go();
    expect((await slow).state.size).toBe(2_000);
  });
});

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
