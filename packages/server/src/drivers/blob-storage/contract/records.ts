import { describe, expect, it } from 'vitest';

import type { CurrentStorage } from './opened-storage.ts';
import { createSampleBytes, listKeys, listUploads, storeObject, summarize } from './sample-bytes.ts';

export function describeRecords(current: CurrentStorage): void {
  const list = async () => {
    const names: string[] = [];
    for await (const name of current.storage.listRecords()) names.push(name);
    return names.toSorted();
  };
  const read = async (name: string) => {
    const bytes = await current.storage.readRecord(name);
    return bytes === undefined ? undefined : summarize(Buffer.from(bytes));
  };

  describe('records', () => {
    it.each([0, 1, 3_000_000])('keep %i bytes, also for another process', async (sizeBytes) => {
      const bytes = createSampleBytes(sizeBytes);
      await current.storage.putRecord('a.record-1', bytes);
      await current.reopen();
      expect(await read('a.record-1')).toEqual(summarize(bytes));
      expect(await list()).toEqual(['a.record-1']);
    });

    it('are undefined where there is none, and to delete one that is not there is no error', async () => {
      expect(await current.storage.readRecord('none')).toBeUndefined();
      await current.storage.deleteRecord('none');
      expect(await list()).toEqual([]);
    });

    it('are no objects and no uploads, whatever their names are, and objects are no records', async () => {
      const { storage } = current;
      await storage.putRecord('k', createSampleBytes(10));
      expect(await storage.findObjectSize('k')).toBeUndefined();
      expect(await listKeys(storage)).toEqual([]);
      expect(await listUploads(storage)).toEqual([]);
      await storeObject(storage, 'k', createSampleBytes(20, 2));
      await storage.deleteObject('k');
      expect(await read('k')).toEqual(summarize(createSampleBytes(10)));
      await storage.deleteRecord('k');
      expect(await storage.readRecord('k')).toBeUndefined();
      await storeObject(storage, 'other', createSampleBytes(20, 2));
      expect(await list()).toEqual([]);
    });

    it('are replaced at once: who reads meanwhile gets one or the other, whole', async () => {
      const { storage } = current;
      const versions = Array.from({ length: 6 }, (_, index) => createSampleBytes(100_000 * (index + 1), index + 1));
      const known = versions.map((bytes) => summarize(bytes));
      await storage.putRecord('head', versions[0] ?? new Uint8Array());
      let isWriting = true;
      const writing = (async () => {
        for (const bytes of versions) await storage.putRecord('head', bytes);
        isWriting = false;
      })();
      do expect(known).toContainEqual(await read('head'));
      while (isWriting);
      await writing;
      expect(await read('head')).toEqual(known.at(-1));
      expect(await list()).toEqual(['head']);
    });

    it('go with everything else when the storage is destroyed', async () => {
      await current.storage.putRecord('k', createSampleBytes(10));
      await current.storage.destroy();
      await current.reopen();
      expect(await current.storage.readRecord('k')).toBeUndefined();
    });
  });
}
