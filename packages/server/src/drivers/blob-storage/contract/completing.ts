import { describe, expect, it } from 'vitest';

import { UploadNotFoundError } from '../blob-storage.ts';
import type { CurrentStorage } from './opened-storage.ts';
import {
  append,
  createSampleBytes,
  listKeys,
  listUploads,
  MIB,
  storeState,
  summarize,
  summarizeObject,
} from './sample-bytes.ts';

export function describeCompleting(current: CurrentStorage): void {
  describe('completing', () => {
    it('shows nothing of an upload before', async () => {
      const { storage } = current;
      await append(storage, 'u', storage.createUpload('u'), createSampleBytes(6 * MIB));
      expect(await listKeys(storage)).toEqual([]);
      expect(await storage.findObjectSize('u')).toBeUndefined();
    });

    it('makes an empty object of an upload without an append', async () => {
      const { storage } = current;
      await storage.completeUpload('u', storeState(storage.createUpload('u')), 'k');
      expect(await storage.findObjectSize('k')).toBe(0);
      expect(await summarizeObject(storage, 'k')).toEqual(summarize(new Uint8Array()));
    });

    it.each([6 * MIB, 100])('leaves the object and no upload of %i bytes when that is aborted', async (sizeBytes) => {
      const { storage } = current;
      const bytes = createSampleBytes(sizeBytes);
      const state = await append(storage, 'u', storage.createUpload('u'), bytes);
      const key = await storage.completeUpload('u', state, 'k');
      await storage.abortUpload('u', state);
      await expect(append(storage, 'u', state, createSampleBytes(1))).rejects.toThrow(UploadNotFoundError);
      expect(await listUploads(storage)).toEqual([]);
      expect(await listKeys(storage)).toEqual([key]);
      expect(await summarizeObject(storage, key)).toEqual(summarize(bytes));
    });

    it.each([6 * MIB, 100])('may be repeated for %i bytes, also by another process', async (sizeBytes) => {
      const bytes = createSampleBytes(sizeBytes);
      const state = await append(current.storage, 'u', current.storage.createUpload('u'), bytes);
      await current.storage.completeUpload('u', state, 'k');
      await current.storage.completeUpload('u', state, 'k');
      await current.reopen();
      const key = await current.storage.completeUpload('u', state, 'k');
      await current.storage.abortUpload('u', state);
      expect(await summarizeObject(current.storage, key)).toEqual(summarize(bytes));
    });

    it.each([6 * MIB, 100])('may be repeated for %i bytes under another key', async (sizeBytes) => {
      const bytes = createSampleBytes(sizeBytes);
      const state = await append(current.storage, 'u', current.storage.createUpload('u'), bytes);
      const first = await current.storage.completeUpload('u', state, 'first');
      await current.reopen();
      const second = await current.storage.completeUpload('u', state, 'second');
      if (second !== first) await current.storage.deleteObject(first);
      await current.storage.abortUpload('u', state);
      expect(await summarizeObject(current.storage, second)).toEqual(summarize(bytes));
      expect(await listKeys(current.storage)).toEqual([second]);
    });

    it('may be repeated for an upload without a byte', async () => {
      const state = storeState(current.storage.createUpload('u'));
      await current.storage.completeUpload('u', state, 'k');
      await current.storage.completeUpload('u', state, 'k');
      await current.reopen();
      const key = await current.storage.completeUpload('u', state, 'k');
      expect(await summarizeObject(current.storage, key)).toEqual(summarize(new Uint8Array()));
      expect(await listKeys(current.storage)).toEqual(['k']);
    });

    it('refuses an upload with acknowledged bytes that never was', async () => {
      await expect(current.storage.completeUpload('never', { size: 1 }, 'k')).rejects.toThrow(UploadNotFoundError);
      expect(await current.storage.findObjectSize('k')).toBeUndefined();
    });

    it('never makes an object of fewer bytes than were acknowledged', async () => {
      const { storage } = current;
      const state = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(1000));
      await expect(storage.completeUpload('u', { ...state, size: 1001 }, 'k')).rejects.toThrow(Error);
      expect(await storage.findObjectSize('k')).toBeUndefined();
    });
  });
}
