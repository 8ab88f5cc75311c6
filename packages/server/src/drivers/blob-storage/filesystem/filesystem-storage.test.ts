import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { describeBlobStorage } from '../blob-storage.contract.ts';
import { type BlobStorage, StorageFullError, UploadDamagedError, UploadNotFoundError } from '../blob-storage.ts';
import { append, createSampleBytes, listKeys, listUploads, readRange, storeObject } from '../contract/sample-bytes.ts';
import { createStorageKey } from '../storage-key.ts';
import { openFilesystemStorage } from './filesystem-storage.ts';
import { StoragePaths } from './storage-paths.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

const BYTES = createSampleBytes(300_000);

describeBlobStorage(
  'filesystem',
  async () => {
    const folder = await createTemporaryFolder();
    // Two levels down, so that `../x` and `../../x` would land in the temporary folder and be seen.
    const rootDir = join(folder, 'instances', 'main');
    const open = () => openFilesystemStorage({ rootDir });
    const cleanup = () => rm(folder, { recursive: true });
    return { folder, rootDir, storage: await open(), reopen: open, cleanup };
  },
  {
    truncateObject: ({ rootDir }, key, sizeBytes) => truncate(new StoragePaths(rootDir).object(key), sizeBytes),
    countOpenFiles: ({ rootDir }) => countOpenFiles(rootDir),
    countUploadBytes: async ({ rootDir }, uploadId) => (await stat(new StoragePaths(rootDir).upload(uploadId))).size,
    findQuarantined: ({ rootDir }, key) => readFile(new StoragePaths(rootDir).quarantined(key)).catch(() => undefined),
    locates: true,
    listOutside: async ({ folder, rootDir }) => {
      const names = (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
      return names.filter((name) => !name.startsWith(join(rootDir, '/')));
    },
  },
);

describe('the filesystem storage', () => {
  let rootDir: string;
  let paths: StoragePaths;
  let storage: BlobStorage;

  beforeEach(async () => {
    rootDir = await createTemporaryFolder();
    paths = new StoragePaths(rootDir);
    storage = await openFilesystemStorage({ rootDir });
  });

  afterEach(async () => {
    await storage.close();
    await rm(rootDir, { recursive: true });
  });

  it('makes all folders when it is opened, and fans keys out by the digest in them', async () => {
    expect((await readdir(paths.blobs)).length).toBe(256);
    const key = createStorageKey(`sha256:e7${'0'.repeat(62)}`, '0123456789abcdef');
    await storeObject(storage, key, BYTES);
    expect(await readdir(join(rootDir, 'blobs', 'e7'))).toEqual([key]);
    expect(await readdir(paths.uploads)).toEqual([]);
  });

  it('cuts off what a process that died wrote behind the acknowledged bytes', async () => {
    const state = await append(storage, 'u', storage.createUpload('u'), BYTES);
    await appendFile(paths.upload('u'), createSampleBytes(500_000, 2));
    const longer = await append(storage, 'u', state, BYTES.subarray(0, 10));
    await storage.completeUpload('u', longer, 'k');
    expect(await storage.findObjectSize('k')).toBe(BYTES.byteLength + 10);
    expect(await readRange(storage, 'k', 0, 300_010)).toEqual(Buffer.concat([BYTES, BYTES.subarray(0, 10)]));
  });

  it('neither continues nor completes an upload whose tail a power cut took', async () => {
    const state = await append(storage, 'u', storage.createUpload('u'), BYTES);
    await truncate(paths.upload('u'), BYTES.byteLength - 1);
    await expect(append(storage, 'u', state, BYTES)).rejects.toThrow('damaged: 299999 bytes are left of 300000');
    await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow('damaged');
    await expect(storage.checkUpload?.('u', state)).rejects.toThrow('damaged');
    expect(await listKeys(storage)).toEqual([]);
    expect(await countOpenFiles(rootDir)).toBe(0);
  });

  it.each([1, 4_096, 65_536])(
    'neither continues nor completes an upload whose last %i bytes became zeros in a power cut',
    async (count) => {
      const begun = await append(storage, 'u', storage.createUpload('u'), BYTES);
      const state = await append(storage, 'u', begun, createSampleBytes(count, 2));
      await expect(storage.checkUpload?.('u', state)).resolves.toBeUndefined();
      await truncate(paths.upload('u'), begun.size);
      await truncate(paths.upload('u'), state.size);
      await expect(storage.checkUpload?.('u', state)).rejects.toThrow(UploadDamagedError);
      await expect(append(storage, 'u', state, BYTES)).rejects.toThrow('acknowledged bytes are others');
      await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow(UploadDamagedError);
      expect(await listKeys(storage)).toEqual([]);
      // A row that did not survive either has the state before, whose bytes are there.
      await expect(storage.checkUpload?.('u', begun)).resolves.toBeUndefined();
      await storage.completeUpload('u', begun, 'k');
      expect(await storage.findObjectSize('k')).toBe(BYTES.byteLength);
      expect(await countOpenFiles(rootDir)).toBe(0);
    },
  );

  it('goes on with an upload whose state an earlier version wrote', async () => {
    const { size } = await append(storage, 'u', storage.createUpload('u'), BYTES);
    await expect(storage.checkUpload?.('u', { size })).resolves.toBeUndefined();
    await storage.completeUpload('u', { size }, 'k');
    expect(await storage.findObjectSize('k')).toBe(size);
  });

  it('gives an upload up when its bytes cannot be made durable', async () => {
    const state = storage.createUpload('u');
    // The system refuses to sync a device.
    await symlink('/dev/null', paths.upload('u'));
    await expect(storage.completeUpload('u', state, 'k')).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow(UploadNotFoundError);
    await expect(append(storage, 'u', state, BYTES)).rejects.toThrow(UploadNotFoundError);
    expect(await readdir(paths.uploads)).toEqual([]);
    expect(await listKeys(storage)).toEqual([]);
    expect(await countOpenFiles(rootDir)).toBe(0);
  });

  it('says that the medium is full, and keeps the state before', async () => {
    const state = storage.createUpload('u');
    await symlink('/dev/full', paths.upload('u'));
    const failure: unknown = await append(storage, 'u', state, createSampleBytes(2_000_000)).catch((error) => error);
    expect(failure).toBeInstanceOf(StorageFullError);
    expect(failure).toHaveProperty('cause.code', 'ENOSPC');
    expect(failure).toHaveProperty('message', expect.stringContaining('make room'));
    expect(await countOpenFiles('/dev/full')).toBe(0);
  });

  it('does not replace an object', async () => {
    await storeObject(storage, 'k', BYTES);
    const state = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(5));
    await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow('taken');
    expect(await storage.findObjectSize('k')).toBe(BYTES.byteLength);
  });

  it.each([0, 300_000])(
    'does not change an object that an unfinished close made: appends to %i bytes',
    async (size) => {
      const state = await append(storage, 'u', storage.createUpload('u'), BYTES.subarray(0, size));
      await appendFile(paths.upload('u'), createSampleBytes(1000, 2));
      await storage.completeUpload('u', { size: size + 1000 }, 'left');
      const left = await readFile(paths.object('left'));
      const longer = await append(storage, 'u', state, createSampleBytes(700, 3));
      await storage.completeUpload('u', longer, 'k');
      expect(await readFile(paths.object('left'))).toEqual(left);
      const wanted = Buffer.concat([BYTES.subarray(0, size), createSampleBytes(700, 3)]);
      expect(await readFile(paths.object('k'))).toEqual(wanted);
    },
  );

  it('does not cut an object that an unfinished close made of more bytes', async () => {
    const state = await append(storage, 'u', storage.createUpload('u'), BYTES);
    await append(storage, 'u', state, BYTES);
    await storage.completeUpload('u', { size: 600_000 }, 'left');
    await storage.completeUpload('u', state, 'k');
    expect(await storage.findObjectSize('left')).toBe(600_000);
    expect(await readFile(paths.object('k'))).toEqual(BYTES);
    await storage.abortUpload('u', state);
    expect(await readdir(paths.uploads)).toEqual([]);
    expect(await countOpenFiles(rootDir)).toBe(0);
  });

  it('makes no file before the first byte comes', async () => {
    const state = storage.createUpload('u');
    expect(await readdir(paths.uploads)).toEqual([]);
    await append(storage, 'u', state, BYTES.subarray(0, 1));
    expect(await readdir(paths.uploads)).toEqual(['u']);
  });

  it('lists no junk', async () => {
    await storeObject(storage, 'k', BYTES);
    await writeFile(join(paths.blobs, '00', '.health-left'), 'x');
    await writeFile(join(paths.blobs, '00', 'Upper'), 'x');
    await mkdir(paths.object('folder'));
    await writeFile(join(paths.blobs, paths.objectFolder('k').endsWith('00') ? '01' : '00', 'k'), 'misplaced');
    await writeFile(join(paths.uploads, '.health-left'), 'x');
    await mkdir(paths.upload('folder'));
    expect(await listKeys(storage)).toEqual(['k']);
    expect(await listUploads(storage)).toEqual([]);
  });

  it('throws rather than leave out a folder that it cannot list', async () => {
    await rm(join(paths.blobs, '80'), { recursive: true });
    await expect(listKeys(storage)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves alone what else lies in its root when it is destroyed', async () => {
    await writeFile(join(rootDir, 'other'), 'x');
    await storage.destroy();
    expect(await readdir(rootDir)).toEqual(['other']);
    await expect(storage.checkHealth()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('does not reuse the buffer of a piece whose reader was left early', async () => {
    await storeObject(storage, 'first', createSampleBytes(3_000_000, 1));
    await storeObject(storage, 'second', createSampleBytes(3_000_000, 2));
    let kept: Uint8Array = new Uint8Array();
    for await (const piece of storage.readObject('first', 0, 3_000_000)) {
      kept = piece;
      break;
    }
    await Promise.all(Array.from({ length: 8 }, () => readRange(storage, 'second', 0, 3_000_000)));
    expect(Buffer.compare(kept, createSampleBytes(3_000_000, 1).subarray(0, kept.byteLength))).toBe(0);
  });
});

/** Files that this process has open at or below `path`. */
async function countOpenFiles(path: string): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(path)).length;
}
