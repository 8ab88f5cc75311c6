import { describe, expect, it } from 'vitest';

import { describeBlobStorage } from '../blob-storage.contract.ts';
import { append, createSampleBytes, MIB, storeState } from '../contract/sample-bytes.ts';
import { MIN_PART_BYTES, PartStore } from './part-store.ts';
import { createPartsStorage } from './parts-storage.ts';

describeBlobStorage(
  'parts',
  async () => {
    const store = new PartStore();
    const open = () => createPartsStorage(store);
    return { store, storage: open(), reopen: async () => open(), cleanup: async () => {} };
  },
  {
    truncateObject: async ({ store }, key, sizeBytes) => {
      const bytes = store.findObject(`blobs/${key}`);
      if (bytes !== undefined) store.putObject(`blobs/${key}`, bytes.subarray(0, sizeBytes));
    },
    findQuarantined: async ({ store }, key) => store.findObject(`quarantine/${key}`),
  },
);

describe('the rehearsal for S3', () => {
  it('keeps at most two tails however many small appends there are, and none in the end', async () => {
    const store = new PartStore();
    const storage = createPartsStorage(store);
    let state = storeState(await storage.createUpload('u'));
    for (let turn = 0; turn < 12; turn++) {
      state = await append(storage, 'u', state, createSampleBytes(MIB, turn + 1));
      expect(store.listKeys('tails/').length).toBeLessThanOrEqual(2);
    }
    await storage.completeUpload('u', state, 'k');
    await storage.abortUpload('u', state);
    expect(store.listKeys('')).toEqual(['blobs/k']);
    expect(store.openParts).toBe(0);
  });

  it('leaves nothing of an aborted upload', async () => {
    const store = new PartStore();
    const storage = createPartsStorage(store);
    const state = await append(storage, 'u', await storage.createUpload('u'), createSampleBytes(MIN_PART_BYTES + 1));
    await storage.abortUpload('u', state);
    expect(store.listKeys('')).toEqual([]);
    expect(store.openParts).toBe(0);
  });

  it('refuses a tail that is not the one in the state', async () => {
    const store = new PartStore();
    const storage = createPartsStorage(store);
    const state = await append(storage, 'u', await storage.createUpload('u'), createSampleBytes(10));
    for (const key of store.listKeys('tails/')) store.putObject(key, createSampleBytes(10, 2));
    await expect(append(storage, 'u', state, createSampleBytes(1))).rejects.toThrow('damaged');
    await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow('damaged');
    expect(await storage.findObjectSize('k')).toBeUndefined();
  });

  it('has a store that refuses a part under 5 MiB that is not the last', () => {
    const store = new PartStore();
    const multipartId = store.createMultipart('u');
    const parts = [1, 2].map((number) => store.putPart(multipartId, number, createSampleBytes(MIB)));
    expect(() => store.completeMultipart(multipartId, parts, 'k')).toThrow('EntityTooSmall');
  });
});
