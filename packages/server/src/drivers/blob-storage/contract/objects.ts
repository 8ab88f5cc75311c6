import { describe, expect, it } from 'vitest';

import { UploadNotFoundError } from '../blob-storage.ts';
import type { BlobStorageCapabilities, CurrentStorage, OpenedStorage } from './opened-storage.ts';
import {
  append,
  createSampleBytes,
  listKeys,
  listUploads,
  storeObject,
  summarize,
  summarizeObject,
} from './sample-bytes.ts';

const BYTES = createSampleBytes(1000);

export function describeObjects<T extends OpenedStorage>(
  current: CurrentStorage<T>,
  capabilities: BlobStorageCapabilities<T>,
): void {
  describe('objects', () => {
    it('has no size for what is not there', async () => {
      expect(await current.storage.findObjectSize('k')).toBeUndefined();
    });

    it('sees at once what another storage over the same medium stored and deleted', async () => {
      const { storage } = current;
      await current.reopen();
      expect(await storage.findObjectSize('k')).toBeUndefined();
      await storeObject(current.storage, 'k', BYTES);
      expect(await storage.findObjectSize('k')).toBe(1000);
      await current.storage.deleteObject('k');
      expect(await storage.findObjectSize('k')).toBeUndefined();
      expect(await listKeys(storage)).toEqual([]);
    });

    it('keeps two copies of the same bytes apart', async () => {
      const { storage } = current;
      const hex = 'ab'.repeat(32);
      const [first, second] = [`sha256-${hex}-0000000000000001`, `sha256-${hex}-0000000000000002`];
      await storeObject(storage, first, BYTES);
      await storeObject(storage, second, BYTES);
      await storage.deleteObject(first);
      expect(await storage.findObjectSize(first)).toBeUndefined();
      expect(await summarizeObject(storage, second)).toEqual(summarize(BYTES));
    });

    it('deletes twice, and what never was', async () => {
      const { storage } = current;
      await storeObject(storage, 'k', BYTES);
      await storage.deleteObject('k');
      await storage.deleteObject('k');
      await storage.deleteObject('never');
      expect(await storage.findObjectSize('k')).toBeUndefined();
    });

    it('deletes many at once, those that are not there among them, and no other', async () => {
      const { storage } = current;
      const keys = Array.from({ length: 25 }, (_, index) => `k-${index}`);
      for (const key of keys) await storeObject(storage, key, BYTES.subarray(0, 3));
      const gone = keys.slice(0, 20);
      expect(await storage.deleteObjects([...gone, 'never', 'k-0'])).toEqual([]);
      expect(await storage.deleteObjects([])).toEqual([]);
      expect(await listKeys(storage)).toEqual(keys.slice(20).toSorted());
    });

    describeWholeStorage(current, capabilities);
  });
}

function describeWholeStorage<T extends OpenedStorage>(
  current: CurrentStorage<T>,
  { findQuarantined }: BlobStorageCapabilities<T>,
): void {
  it('lists every key once, and no upload', async () => {
    const { storage } = current;
    const keys = Array.from({ length: 300 }, (_, index) => `${index % 2 === 0 ? 'sha256-0f' : ''}k_${index}.x`);
    await Promise.all(keys.map((key) => storeObject(storage, key, BYTES.subarray(0, 3))));
    await append(storage, 'open', storage.createUpload('open'), BYTES);
    expect(await listKeys(storage)).toEqual(keys.toSorted());
  });

  it('stops listing when the signal aborts', async () => {
    await storeObject(current.storage, 'a', BYTES);
    await storeObject(current.storage, 'b', BYTES);
    const controller = new AbortController();
    const list = async () => {
      for await (const _ of current.storage.listObjectKeys(controller.signal)) controller.abort(new Error('enough'));
    };
    await expect(list()).rejects.toThrow('enough');
  });

  it('takes the longest key there is', async () => {
    const key = `sha512-${'0'.repeat(192)}k`;
    await current.storage.putObject(key, [BYTES]);
    expect(await listKeys(current.storage)).toEqual([key]);
  });

  it('proves its health and leaves nothing', async () => {
    await current.storage.checkHealth();
    expect(await listKeys(current.storage)).toEqual([]);
  });

  it('is empty after its destruction, and can be destroyed again', async () => {
    await storeObject(current.storage, 'k', BYTES);
    const state = await append(current.storage, 'open', current.storage.createUpload('open'), BYTES);
    await storeObject(current.storage, 'damaged', BYTES);
    await current.storage.quarantineObject('damaged');
    await current.storage.destroy();
    await current.storage.destroy();
    await current.reopen();
    expect(await listKeys(current.storage)).toEqual([]);
    expect(await listUploads(current.storage)).toEqual([]);
    expect(await findQuarantined?.(current.opened, 'damaged')).toBeUndefined();
    expect(await current.storage.findObjectSize('k')).toBeUndefined();
    await expect(append(current.storage, 'open', state, BYTES)).rejects.toThrow(UploadNotFoundError);
  });
}
