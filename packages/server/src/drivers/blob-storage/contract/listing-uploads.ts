import { describe, expect, it } from 'vitest';

import { UploadNotFoundError } from '../blob-storage.ts';
import type { CurrentStorage } from './opened-storage.ts';
import { append, createSampleBytes, listKeys, listUploads, MIB, storeObject } from './sample-bytes.ts';

export function describeListingUploads(current: CurrentStorage): void {
  describe('listing uploads', () => {
    it('gives each that holds bytes, also to another process, and no object', async () => {
      const { storage } = current;
      await storeObject(storage, 'k', createSampleBytes(10));
      const ids = Array.from({ length: 30 }, (_, index) => `up_${index}.x`);
      for (const id of ids) await append(storage, id, storage.createUpload(id), createSampleBytes(10));
      await append(storage, 'large', storage.createUpload('large'), createSampleBytes(6 * MIB));
      await current.reopen();
      expect(await listUploads(current.storage)).toEqual([...ids, 'large'].toSorted());
    });

    it('gives none that was aborted, whether it was completed before or not', async () => {
      const { storage } = current;
      for (const id of ['completed', 'open']) {
        const state = await append(storage, id, storage.createUpload(id), createSampleBytes(6 * MIB));
        if (id === 'completed') await storage.completeUpload(id, state, 'k');
        await storage.abortUpload(id, state);
      }
      expect(await listUploads(storage)).toEqual([]);
    });

    it('gives all that is needed to remove an orphan, whose state is lost', async () => {
      const { storage } = current;
      const state = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(6 * MIB));
      const other = await append(storage, 'u2', storage.createUpload('u2'), createSampleBytes(10));
      await current.reopen();
      await current.storage.abortUpload('u', { size: 0 });
      expect(await listUploads(current.storage)).toEqual(['u2']);
      await expect(append(current.storage, 'u', state, createSampleBytes(1))).rejects.toThrow(UploadNotFoundError);
      await current.storage.completeUpload('u2', other, 'k');
      expect(await listKeys(current.storage)).toEqual(['k']);
    });

    it('stops when the signal aborts', async () => {
      const { storage } = current;
      for (const id of ['a', 'b']) await append(storage, id, storage.createUpload(id), createSampleBytes(10));
      const controller = new AbortController();
      const list = async () => {
        for await (const _ of storage.listUploads(controller.signal)) controller.abort(new Error('enough'));
      };
      await expect(list()).rejects.toThrow('enough');
    });
  });
}
