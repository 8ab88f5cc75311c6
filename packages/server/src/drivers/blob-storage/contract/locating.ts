import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

import type { ObjectLocation } from '../blob-storage.ts';
import type { CurrentStorage } from './opened-storage.ts';
import { createSampleBytes, storeObject } from './sample-bytes.ts';

export function describeLocating(current: CurrentStorage): void {
  describe('locating', () => {
    it('leads to the bytes of an object, and nowhere when there is none', async () => {
      const { storage } = current;
      const locate = async () => (await storage.locateObject?.('k')) ?? 'nowhere';
      const bytes = createSampleBytes(100_000);
      expect(await locate()).toBe('nowhere');
      await storeObject(storage, 'k', bytes);
      const location = await storage.locateObject?.('k');
      expect(location?.sizeBytes).toBe(100_000);
      expect((await fetchFrom(location)).equals(bytes)).toBe(true);
      await storage.deleteObject('k');
      expect(await locate()).toBe('nowhere');
    });
  });
}

async function fetchFrom(location: ObjectLocation | undefined): Promise<Buffer> {
  if (location?.kind === 'file') return readFile(location.path);
  const answer = await fetch(location?.url ?? '');
  return Buffer.from(await answer.arrayBuffer());
}
