import { describe, expect, it } from 'vitest';

import { ObjectNotFoundError } from '../blob-storage.ts';
import type { BlobStorageCapabilities, CurrentStorage, OpenedStorage } from './opened-storage.ts';
import { createSampleBytes, MIB, readRange, storeObject, summarize } from './sample-bytes.ts';

const BYTES = createSampleBytes(5 * MIB + 333);
const SIZE = BYTES.byteLength;
const RANGES = [
  ['the start', 0, 10],
  ['the middle', 2 * MIB - 5, 4 * MIB + 5],
  ['the last byte', SIZE - 1, SIZE],
  ['the end', SIZE - 70_000, SIZE],
  ['nothing at the start', 0, 0],
  ['nothing at the end', SIZE, SIZE],
  ['one piece exactly', MIB, 2 * MIB],
  ['the whole', 0, SIZE],
] as const;

export function describeReading<T extends OpenedStorage>(
  current: CurrentStorage<T>,
  capabilities: BlobStorageCapabilities<T>,
): void {
  describe('reading', () => {
    it.each(RANGES)('yields %s', async (_, start, end) => {
      const key = await storeObject(current.storage, 'k', BYTES);
      const read = await readRange(current.storage, key, start, end);
      expect(summarize(read)).toEqual(summarize(BYTES.subarray(start, end)));
    });

    it('yields pieces of at most 1 MiB and none that is empty', async () => {
      const key = await storeObject(current.storage, 'k', BYTES);
      for await (const piece of current.storage.readObject(key, 0, SIZE)) {
        expect(piece.byteLength).toBeGreaterThan(0);
        expect(piece.byteLength).toBeLessThanOrEqual(MIB);
      }
    });

    it.each([0, 1])('throws ObjectNotFoundError before the first of %i bytes', async (end) => {
      await expect(readRange(current.storage, 'k', 0, end)).rejects.toThrow(ObjectNotFoundError);
    });

    it('gives many readers of one object their own bytes', async () => {
      const key = await storeObject(current.storage, 'k', BYTES);
      const starts = Array.from({ length: 40 }, (_, index) => index * 100_001);
      const reads = await Promise.all(starts.map((start) => readRange(current.storage, key, start, start + 90_000)));
      for (const [index, start] of starts.entries()) {
        expect(reads[index]?.equals(BYTES.subarray(start, start + 90_000))).toBe(true);
      }
    });

    it.each([
      [-1, 3],
      [3, 2],
      [0, 1.5],
      [0, Number.NaN],
    ])('refuses the range %d to %d', async (start, end) => {
      const key = await storeObject(current.storage, 'k', BYTES);
      await expect(readRange(current.storage, key, start, end)).rejects.toThrow(RangeError);
    });

    it.each([SIZE + 1, SIZE + 5 * MIB])('never ends short: byte %i is asked of a smaller object', async (end) => {
      const key = await storeObject(current.storage, 'k', BYTES);
      await expect(readRange(current.storage, key, 0, end)).rejects.toThrow(Error);
      await expect(readRange(current.storage, key, SIZE - 1, end)).rejects.toThrow(Error);
      await expect(readRange(current.storage, key, end, end)).rejects.toThrow(Error);
    });

    it('stops with the reason when its signal aborts', async () => {
      const key = await storeObject(current.storage, 'k', BYTES);
      const controller = new AbortController();
      const reason = new Error('the client went away');
      const read = async () => {
        for await (const _ of current.storage.readObject(key, 0, SIZE, controller.signal)) controller.abort(reason);
      };
      await expect(read()).rejects.toBe(reason);
      await expect(read()).rejects.toBe(reason);
    });

    const { truncateObject, countOpenFiles } = capabilities;
    if (truncateObject !== undefined) describeTruncation(current, truncateObject);
    if (countOpenFiles !== undefined) describeOpenFiles(current, () => countOpenFiles(current.opened));
  });
}

function describeTruncation<T extends OpenedStorage>(
  current: CurrentStorage<T>,
  truncateObject: (opened: T, key: string, sizeBytes: number) => Promise<void>,
): void {
  it.each([0, 1, 100_000, 3 * MIB, SIZE - 1])('never ends short: %i bytes are left on the medium', async (left) => {
    const key = await storeObject(current.storage, 'k', BYTES);
    await truncateObject(current.opened, key, left);
    await expect(readRange(current.storage, key, 0, SIZE)).rejects.toThrow(/bytes|ends/);
    await expect(readRange(current.storage, key, SIZE - 100, SIZE)).rejects.toThrow(/bytes|ends/);
  });

  it('fails or yields all when the object shrinks while it is read', async () => {
    const key = await storeObject(current.storage, 'k', BYTES);
    let readBytes = 0;
    const read = async () => {
      for await (const piece of current.storage.readObject(key, 0, SIZE)) {
        readBytes += piece.byteLength;
        await truncateObject(current.opened, key, 100);
      }
    };
    const failure: unknown = await read().catch((error: unknown) => error);
    if (failure === undefined) expect(readBytes).toBe(SIZE);
    else expect(failure).toHaveProperty('message', expect.stringContaining('too early'));
  });
}

function describeOpenFiles(current: CurrentStorage, countOpenFiles: () => Promise<number>): void {
  it('has no file open after a whole read, an early exit, a failure or an abort', async () => {
    const { storage } = current;
    const key = await storeObject(storage, 'k', BYTES);
    await readRange(storage, key, 0, SIZE);
    for await (const _ of storage.readObject(key, 0, SIZE)) break;
    await expect(readRange(storage, key, 0, SIZE + 1)).rejects.toThrow();
    await expect(readRange(storage, 'missing', 0, 1)).rejects.toThrow();
    storage.readObject(key, 0, SIZE);
    expect(await countOpenFiles()).toBe(0);
  });

  it('frees an aborted reader that never asks for another piece', async () => {
    const key = await storeObject(current.storage, 'k', BYTES);
    const controller = new AbortController();
    const iterator = current.storage.readObject(key, 0, SIZE, controller.signal)[Symbol.asyncIterator]();
    await iterator.next();
    expect(await countOpenFiles()).toBe(1);
    controller.abort(new Error('stuck client'));
    await expect.poll(countOpenFiles).toBe(0);
    await expect(iterator.next()).rejects.toThrow('stuck client');
  });
}
