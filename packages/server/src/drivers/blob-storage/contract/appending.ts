import { describe, expect, it } from 'vitest';

import { UploadNotFoundError } from '../blob-storage.ts';
import type { CurrentStorage } from './opened-storage.ts';
import { append, createSampleBytes, MIB, storeState, summarize, summarizeObject, toBody } from './sample-bytes.ts';

const SIZES = [0, 1, 65_536, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 12 * MIB];
const ODD_PIECES = [1, 70_001, 4096, 300_000, 13, 1_200_007];

export function describeAppending(current: CurrentStorage): void {
  describe('appending', () => {
    it.each(SIZES)('stores %i bytes, given in one append', async (sizeBytes) => {
      const { storage } = current;
      const bytes = createSampleBytes(sizeBytes);
      const state = await append(storage, 'u', storeState(storage.createUpload('u')), bytes, ODD_PIECES);
      expect(state.size).toBe(sizeBytes);
      const key = await storage.completeUpload('u', state, 'k');
      expect(await summarizeObject(storage, key)).toEqual(summarize(bytes));
    });

    it('stores what several processes append one after the other', async () => {
      const bytes = createSampleBytes(13 * MIB);
      let state = storeState(current.storage.createUpload('u'));
      for (const [start, end] of [
        [0, 1],
        [1, 1],
        [1, 3 * MIB],
        [3 * MIB, 9 * MIB + 7],
        [9 * MIB + 7, 13 * MIB],
      ] as const) {
        await current.reopen();
        state = await append(current.storage, 'u', state, bytes.subarray(start, end), ODD_PIECES);
        expect(state.size).toBe(end);
      }
      await current.reopen();
      const key = await current.storage.completeUpload('u', state, 'k');
      expect(await summarizeObject(current.storage, key)).toEqual(summarize(bytes));
    });

    it('shows each byte to onBytes once, in order, before it resolves', async () => {
      const { storage } = current;
      const bytes = createSampleBytes(3 * MIB);
      const seen: Buffer[] = [];
      const onBytes = (piece: Uint8Array) => seen.push(Buffer.from(piece));
      await storage.appendUpload('u', storage.createUpload('u'), toBody(bytes, ODD_PIECES), { onBytes });
      expect(summarize(Buffer.concat(seen))).toEqual(summarize(bytes));
    });

    it('gives the memory of every piece back, once it needs it no longer', async () => {
      const { storage } = current;
      const bytes = createSampleBytes(3 * MIB);
      let freedBytes = 0;
      const release = ({ buffer, byteLength }: Uint8Array) => {
        freedBytes += byteLength;
        if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
      };
      const created = storage.createUpload('u');
      const state = await storage.appendUpload('u', created, toBody(bytes, ODD_PIECES), { release });
      await storage.completeUpload('u', state, 'k');
      expect(freedBytes).toBe(bytes.byteLength);
      expect(await summarizeObject(storage, 'k')).toEqual(summarize(bytes));
    });

    it('takes a body of single bytes and empty pieces', async () => {
      const { storage } = current;
      const bytes = createSampleBytes(20_000);
      const state = await append(storage, 'u', storage.createUpload('u'), bytes, [1, 0, 1, 1]);
      const key = await storage.completeUpload('u', state, 'k');
      expect(await summarizeObject(storage, key)).toEqual(summarize(bytes));
    });

    it('gives states that JSON carries', async () => {
      const { storage } = current;
      const created = storage.createUpload('u');
      expect(storeState(created)).toEqual(created);
      const appended = await storage.appendUpload('u', created, toBody(createSampleBytes(6 * MIB)), {});
      expect(storeState(appended)).toEqual(appended);
    });

    describeSeparateUploads(current);
  });
}

function describeSeparateUploads(current: CurrentStorage): void {
  it('continues from the state before when the newer one was lost', async () => {
    const { storage } = current;
    const [first, lost, second] = [
      createSampleBytes(6 * MIB, 1),
      createSampleBytes(7 * MIB, 2),
      createSampleBytes(9, 3),
    ];
    const old = await append(storage, 'u', storage.createUpload('u'), first);
    await append(storage, 'u', old, lost);
    await current.reopen();
    const state = await append(current.storage, 'u', old, second);
    const key = await current.storage.completeUpload('u', state, 'k');
    expect(await summarizeObject(current.storage, key)).toEqual(summarize(Buffer.concat([first, second])));
  });

  it('keeps fifty uploads at once apart', async () => {
    const { storage } = current;
    const bodies = Array.from({ length: 50 }, (_, index) => createSampleBytes(100_000 + index, index + 1));
    const keys = await Promise.all(
      bodies.map(async (bytes, index) => {
        const id = `u${index}`;
        const half = await append(storage, id, storage.createUpload(id), bytes.subarray(0, 50_000), [7001]);
        const state = await append(storage, id, half, bytes.subarray(50_000), [999, 10_000]);
        return storage.completeUpload(id, state, `k${index}`);
      }),
    );
    for (const [index, bytes] of bodies.entries()) {
      expect(await summarizeObject(storage, keys[index] ?? '')).toEqual(summarize(bytes));
    }
  });

  it('refuses an upload with acknowledged bytes that never was, or was aborted', async () => {
    const { storage } = current;
    await expect(append(storage, 'never', { size: 1 }, createSampleBytes(1))).rejects.toThrow(UploadNotFoundError);
    const state = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(1));
    await storage.abortUpload('u', state);
    await expect(append(storage, 'u', state, createSampleBytes(1))).rejects.toThrow(UploadNotFoundError);
    await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow(UploadNotFoundError);
    expect(await storage.findObjectSize('k')).toBeUndefined();
  });

  it('aborts what has bytes, more than once', async () => {
    const { storage } = current;
    const state = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(6 * MIB));
    await storage.abortUpload('u', state);
    await storage.abortUpload('u', state);
    await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow(UploadNotFoundError);
  });
}
