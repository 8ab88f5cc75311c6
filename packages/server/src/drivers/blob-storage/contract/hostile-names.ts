import { describe, expect, it } from 'vitest';

import type { BlobStorage } from '../blob-storage.ts';
import type { BlobStorageCapabilities, CurrentStorage, OpenedStorage } from './opened-storage.ts';
import { createSampleBytes, listKeys, readRange, storeState, toBody } from './sample-bytes.ts';

const HOSTILE_NAMES = [
  '',
  '.',
  '..',
  '../x',
  '../../x',
  'a/../../x',
  '/tmp/roadstead-hostile',
  'a/b',
  'a\\..\\b',
  'x\0y',
  'x\ny',
  '.hidden',
  'ä',
  'a'.repeat(201),
];

/** The caller's own checks are not this driver's: a name that could lead elsewhere is refused here too. */
export function describeHostileNames<T extends OpenedStorage>(
  current: CurrentStorage<T>,
  { listOutside }: BlobStorageCapabilities<T>,
): void {
  describe('a hostile name', () => {
    it.each(HOSTILE_NAMES)('is refused everywhere: %j', async (name) => {
      const { storage, opened } = current;
      const outsideBefore = await listOutside?.(opened);
      for (const attempt of attemptsWith(storage, name)) await expect(attempt()).rejects.toThrow(TypeError);
      const state = storeState(storage.createUpload('u'));
      await expect(storage.completeUpload('u', state, name)).rejects.toThrow(TypeError);
      // The upload is unharmed by the refusal.
      await storage.completeUpload('u', state, 'k');
      expect(await listKeys(storage)).toEqual(['k']);
      expect(await listOutside?.(opened)).toEqual(outsideBefore);
    });

    it('is refused as a key when it has upper case, which some media fold', async () => {
      await expect(current.storage.findObjectSize('Key')).rejects.toThrow(TypeError);
    });
  });
}

function attemptsWith(storage: BlobStorage, name: string): readonly (() => Promise<unknown>)[] {
  const state = { size: 0 };
  const locate = storage.locateObject?.bind(storage);
  return [
    ...(locate === undefined ? [] : [() => locate(name)]),
    async () => storage.createUpload(name),
    () => storage.appendUpload(name, state, toBody(createSampleBytes(10)), {}),
    () => storage.completeUpload(name, state, 'k'),
    () => storage.abortUpload(name, state),
    () => storage.putObject(name, [createSampleBytes(10)]),
    () => storage.importObject(name, toBody(createSampleBytes(10)), { sizeBytes: 10 }),
    () => storage.findObjectSize(name),
    () => readRange(storage, name, 0, 1),
    () => storage.deleteObject(name),
    () => storage.deleteObjects(['k', name]),
    () => storage.quarantineObject(name),
    () => storage.putRecord(name, createSampleBytes(10)),
    () => storage.readRecord(name),
    () => storage.deleteRecord(name),
  ];
}
