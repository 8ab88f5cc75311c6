import { describe, expect, it } from 'vitest';

import { ObjectNotFoundError } from '../blob-storage.ts';
import type { BlobStorageCapabilities, CurrentStorage, OpenedStorage } from './opened-storage.ts';
import { createSampleBytes, listKeys, listUploads, readRange, storeObject } from './sample-bytes.ts';

const BYTES = createSampleBytes(1000);

export function describeQuarantine<T extends OpenedStorage>(
  current: CurrentStorage<T>,
  { findQuarantined }: BlobStorageCapabilities<T>,
): void {
  describe('quarantine', () => {
    it('makes an object absent, for another process as well', async () => {
      await storeObject(current.storage, 'k', BYTES);
      await storeObject(current.storage, 'sound', BYTES);
      expect(await current.storage.quarantineObject('k')).toBe(true);
      await current.reopen();
      const { storage } = current;
      expect(await storage.findObjectSize('k')).toBeUndefined();
      await expect(readRange(storage, 'k', 0, 1)).rejects.toThrow(ObjectNotFoundError);
      expect(await storage.locateObject?.('k')).toBeUndefined();
      expect(await listKeys(storage)).toEqual(['sound']);
      expect(await listUploads(storage)).toEqual([]);
    });

    it('says when there is nothing to move', async () => {
      const { storage } = current;
      expect(await storage.quarantineObject('never')).toBe(false);
      await storeObject(storage, 'k', BYTES);
      expect(await storage.quarantineObject('k')).toBe(true);
      expect(await storage.quarantineObject('k')).toBe(false);
    });

    if (findQuarantined === undefined) return;
    it('keeps the bytes also when the object is deleted afterwards', async () => {
      const { storage } = current;
      await storeObject(storage, 'k', BYTES);
      await storage.quarantineObject('k');
      expect(Buffer.from((await findQuarantined(current.opened, 'k')) ?? []).equals(BYTES)).toBe(true);
      await storage.deleteObject('k');
      expect(Buffer.from((await findQuarantined(current.opened, 'k')) ?? []).equals(BYTES)).toBe(true);
    });
  });
}
