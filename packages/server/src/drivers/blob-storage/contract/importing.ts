import { describe, expect, it } from 'vitest';

import type { CurrentStorage } from './opened-storage.ts';
import {
  append,
  createSampleBytes,
  listKeys,
  listUploads,
  MIB,
  summarize,
  summarizeObject,
  toBody,
} from './sample-bytes.ts';

const KEY = `sha256-${'0'.repeat(64)}-0123456789abcdef`;

export function describeImporting(current: CurrentStorage): void {
  describe('importing an object', () => {
    it.each([0, 1, 5 * MIB, 21 * MIB + 3])(
      'keeps its name and its %i bytes, also for another process',
      async (size) => {
        const bytes = createSampleBytes(size);
        const key = size % 2 === 0 ? KEY : `0199-ab.${size}`;
        await current.storage.importObject(key, toBody(bytes, [65_536, 1]), { sizeBytes: size });
        await current.reopen();
        expect(await summarizeObject(current.storage, key)).toEqual(summarize(bytes));
        expect(await listKeys(current.storage)).toEqual([key]);
        expect(await listUploads(current.storage)).toEqual([]);
      },
    );

    it.each([10, 20 * MIB])(
      'leaves nothing when the body fails after %i bytes, and can be done again',
      async (size) => {
        const { storage } = current;
        const bytes = createSampleBytes(size);
        const failing = async function* () {
          yield* toBody(bytes);
          throw new Error('the digest is another');
        };
        await expect(storage.importObject(KEY, failing(), { sizeBytes: size })).rejects.toThrow(
          'the digest is another',
        );
        expect(await storage.findObjectSize(KEY)).toBeUndefined();
        expect(await listKeys(storage)).toEqual([]);
        expect(await listUploads(storage)).toEqual([]);
        await storage.importObject(KEY, toBody(bytes), { sizeBytes: size });
        expect(await summarizeObject(storage, KEY)).toEqual(summarize(bytes));
      },
    );

    it.each([-1, 1])('refuses a body that is %i bytes away from its size', async (difference) => {
      const { storage } = current;
      const sizeBytes = 6 * MIB + difference;
      const imported = storage.importObject(KEY, toBody(createSampleBytes(6 * MIB)), { sizeBytes });
      await expect(imported).rejects.toThrow(RangeError);
      expect(await storage.findObjectSize(KEY)).toBeUndefined();
      expect(await listUploads(storage)).toEqual([]);
    });

    it('ends when the signal aborts, while the body is stuck', async () => {
      const { storage } = current;
      const controller = new AbortController();
      const stuck = async function* () {
        yield* toBody(createSampleBytes(9 * MIB));
        setTimeout(() => controller.abort(new Error('enough')), 20);
        await new Promise(() => undefined);
      };
      const options = { sizeBytes: 10 * MIB, signal: controller.signal };
      await expect(storage.importObject(KEY, stuck(), options)).rejects.toThrow('enough');
      expect(await storage.findObjectSize(KEY)).toBeUndefined();
      // What the medium was about to begin may be listed until the next attempt.
      await storage.importObject(KEY, toBody(createSampleBytes(10 * MIB)), { sizeBytes: 10 * MIB });
      expect(await storage.findObjectSize(KEY)).toBe(10 * MIB);
      expect(await listUploads(storage)).toEqual([]);
    });

    it('shows nothing while it is under way, and leaves the uploads of others alone', async () => {
      const { storage } = current;
      await append(storage, 'open', storage.createUpload('open'), createSampleBytes(6 * MIB));
      const seen: (number | undefined)[] = [];
      const looking = async function* () {
        yield* toBody(createSampleBytes(9 * MIB));
        seen.push(await storage.findObjectSize(KEY));
      };
      await storage.importObject(KEY, looking(), { sizeBytes: 9 * MIB });
      expect(seen).toEqual([undefined]);
      expect(await storage.findObjectSize(KEY)).toBe(9 * MIB);
      expect(await listUploads(storage)).toEqual(['open']);
    });
  });
}
