import { readdir, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { armFailpoints, type Failpoint } from '../../../kernel/failpoints.ts';
import { type BlobStorage, StorageFullError, UploadNotFoundError } from '../blob-storage.ts';
import { append, createSampleBytes, listKeys, listUploads, MIB, storeObject } from '../contract/sample-bytes.ts';
import { openFilesystemStorage } from './filesystem-storage.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

const BYTES = createSampleBytes(2 * MIB);

/** A failpoint stands for a call of the system that fails: what then happens to the upload is the same. */
describe('the filesystem storage whose steps fail', () => {
  let rootDir: string;
  let storage: BlobStorage;
  let passed: Failpoint[];

  beforeEach(async () => {
    rootDir = await createTemporaryFolder();
    storage = await openFilesystemStorage({ rootDir });
    passed = [];
    armFailpoints((name) => void passed.push(name));
  });

  afterEach(async () => {
    armFailpoints(undefined);
    expect(await countOpenFiles(rootDir)).toBe(0);
    await storage.close();
    await rm(rootDir, { recursive: true });
  });

  function fail(name: Failpoint, code: string): void {
    let isArmed = true;
    armFailpoints((reached) => {
      if (reached !== name || !isArmed) return;
      isArmed = false;
      throw Object.assign(new Error(`${code}: planted at ${name}`), { code });
    });
  }

  const open = async () => append(storage, 'u', storage.createUpload('u'), BYTES);

  it('passes them in this order', async () => {
    const state = await append(storage, 'u', storage.createUpload('u'), BYTES.subarray(0, 300_000));
    await storage.completeUpload('u', state, 'k');
    await storage.quarantineObject('k');
    await storage.deleteObject('k');
    await storage.abortUpload('u', state);
    expect(passed).toEqual([
      'upload.create',
      'upload.append',
      'upload.append',
      'upload.append.written',
      'upload.complete.sync',
      'upload.complete.publish',
      'upload.complete.sync-folder',
      'upload.complete.done',
      'object.quarantine',
      'object.delete',
      'object.delete.done',
      'upload.abort',
    ]);
  });

  it('passes these when it puts an object at once', async () => {
    await storage.putObject('k', [BYTES]);
    expect(passed).toEqual([
      'object.put.create',
      'object.put',
      'object.put.sync',
      'object.put.sync-folder',
      'object.put.done',
    ]);
  });

  it.each(['object.put.create', 'object.put', 'object.put.sync', 'object.put.sync-folder'] as const)(
    'leaves nothing of an object when %s finds no room',
    async (name) => {
      fail(name, 'ENOSPC');
      await expect(storage.putObject('k', [BYTES])).rejects.toThrow(StorageFullError);
      expect(await listKeys(storage)).toEqual([]);
      await storage.putObject('k', [BYTES]);
      expect(await storage.findObjectSize('k')).toBe(BYTES.byteLength);
    },
  );

  it.each(['upload.create', 'upload.append', 'upload.append.written'] as const)(
    'keeps nothing of the first append when %s finds no room',
    async (name) => {
      const state = storage.createUpload('u');
      fail(name, 'ENOSPC');
      await expect(append(storage, 'u', state, BYTES)).rejects.toThrow(StorageFullError);
      const sizes = (await listUploads(storage)).map(async (id) => (await stat(join(rootDir, 'uploads', id))).size);
      expect(await Promise.all(sizes)).toEqual(name === 'upload.create' ? [] : [0]);
      await storage.completeUpload('u', await append(storage, 'u', state, BYTES), 'k');
      expect(await storage.findObjectSize('k')).toBe(BYTES.byteLength);
    },
  );

  it.each(['upload.complete.sync', 'upload.complete.sync-folder'] as const)(
    'gives the upload up when %s fails, so that no repetition acknowledges it',
    async (name) => {
      const state = await open();
      fail(name, 'EIO');
      await expect(storage.completeUpload('u', state, 'k')).rejects.toMatchObject({ code: 'EIO' });
      await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow(UploadNotFoundError);
      expect([await listUploads(storage), await listKeys(storage)]).toEqual([[], []]);
    },
  );

  it('keeps the upload when there is no room for its new name', async () => {
    const state = await open();
    fail('upload.complete.publish', 'ENOSPC');
    await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow(StorageFullError);
    expect([await listUploads(storage), await listKeys(storage)]).toEqual([['u'], []]);
    await storage.completeUpload('u', state, 'k');
    expect(await listKeys(storage)).toEqual(['k']);
  });

  it('has a complete object when it fails after the last step', async () => {
    const state = await open();
    fail('upload.complete.done', 'EIO');
    await expect(storage.completeUpload('u', state, 'k')).rejects.toMatchObject({ code: 'EIO' });
    await storage.completeUpload('u', state, 'k');
    expect([await listUploads(storage), await listKeys(storage)]).toEqual([['u'], ['k']]);
  });

  it('leaves what it could not abort, delete or move', async () => {
    await storeObject(storage, 'k', BYTES);
    const state = await open();
    fail('upload.abort', 'EIO');
    await expect(storage.abortUpload('u', state)).rejects.toMatchObject({ code: 'EIO' });
    fail('object.delete', 'EIO');
    await expect(storage.deleteObject('k')).rejects.toMatchObject({ code: 'EIO' });
    fail('object.delete', 'EIO');
    expect(await storage.deleteObjects(['k'])).toMatchObject([{ key: 'k', error: { code: 'EIO' } }]);
    fail('object.quarantine', 'EROFS');
    await expect(storage.quarantineObject('k')).rejects.toThrow(StorageFullError);
    expect([await listUploads(storage), await listKeys(storage)]).toEqual([['u'], ['k']]);
    fail('object.delete.done', 'EIO');
    await expect(storage.deleteObject('k')).rejects.toMatchObject({ code: 'EIO' });
    expect(await listKeys(storage)).toEqual([]);
  });
});

async function countOpenFiles(path: string): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(path)).length;
}
