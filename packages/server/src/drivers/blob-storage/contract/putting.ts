import { describe, expect, it } from 'vitest';

import type { CurrentStorage } from './opened-storage.ts';
import { createSampleBytes, listKeys, listUploads, summarize, summarizeObject } from './sample-bytes.ts';

export function describePutting(current: CurrentStorage): void {
  describe('putting an object at once', () => {
    it.each([0, 1, 300_000])('stores %i bytes, also for another process', async (sizeBytes) => {
      const bytes = createSampleBytes(sizeBytes);
      await current.storage.putObject('k', [bytes.subarray(0, 100_000), bytes.subarray(100_000)]);
      await current.reopen();
      expect(await summarizeObject(current.storage, 'k')).toEqual(summarize(bytes));
      expect(await listUploads(current.storage)).toEqual([]);
    });

    it('takes more pieces than one call of the system', async () => {
      const bytes = createSampleBytes(5_000);
      await current.storage.putObject(
        'k',
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
      );
      expect(await summarizeObject(current.storage, 'k')).toEqual(summarize(bytes));
    });

    it('does not replace an object', async () => {
      const bytes = createSampleBytes(1000);
      await current.storage.putObject('k', [bytes]);
      await expect(current.storage.putObject('k', [createSampleBytes(5, 2)])).rejects.toThrow(/taken|EEXIST/);
      expect(await summarizeObject(current.storage, 'k')).toEqual(summarize(bytes));
      expect(await listKeys(current.storage)).toEqual(['k']);
    });
  });
}
