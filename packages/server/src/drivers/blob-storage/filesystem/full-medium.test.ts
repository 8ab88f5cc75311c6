import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { chmod, rm, stat, statfs, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type BlobStorage, StorageFullError } from '../blob-storage.ts';
import { append, createSampleBytes, MIB, storeObject, summarize, summarizeObject } from '../contract/sample-bytes.ts';
import { openFilesystemStorage } from './filesystem-storage.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

const folder = await createTemporaryFolder();
const reason = findReasonAgainstMounting();
if (reason !== undefined) console.log(`not run: the filesystem storage on a small tmpfs, because ${reason}`);

afterAll(() => rm(folder, { recursive: true }));

describe.runIf(reason === undefined)('the filesystem storage on a medium of 4 MiB', () => {
  const rootDir = join(folder, 'storage');
  let storage: BlobStorage;

  beforeEach(async () => {
    mount('size=4m');
    storage = await openFilesystemStorage({ rootDir });
  });

  afterEach(() => umount());

  it('says that it is full, loses nothing, and goes on when there is room again', async () => {
    const [first, second] = [createSampleBytes(2 * MIB, 1), createSampleBytes(MIB, 2)];
    const ballast = join(folder, 'ballast');
    const state = await append(storage, 'u', storage.createUpload('u'), first);
    await writeFile(ballast, createSampleBytes(MIB + 300_001));
    await expect(append(storage, 'u', state, second)).rejects.toThrow(StorageFullError);
    expect((await stat(join(rootDir, 'uploads', 'u'))).size).toBe(first.byteLength);
    await expect(writeFile(join(folder, 'rest'), createSampleBytes(4 * MIB))).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(append(storage, 'u', state, second)).rejects.toThrow(StorageFullError);
    await expect(storage.checkHealth()).rejects.toThrow(StorageFullError);

    await Promise.all([ballast, join(folder, 'rest')].map((path) => unlink(path)));
    const whole = await append(storage, 'u', state, second);
    await storage.completeUpload('u', whole, 'k');
    expect(await summarizeObject(storage, 'k')).toEqual(summarize(Buffer.concat([first, second])));
    await storage.checkHealth();
  });

  it('gives the room of what it could not keep back at once, so that a smaller upload fits', async () => {
    const state = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(MIB));
    const before = (await statfs(folder)).bfree;
    await expect(append(storage, 'u', state, createSampleBytes(5 * MIB))).rejects.toThrow(/full \(ENOSPC\).*make room/);
    expect((await statfs(folder)).bfree).toBe(before);
    await storeObject(storage, 'k', createSampleBytes(2 * MIB));
  });

  it('does not acknowledge a write of which the medium took only a part', async () => {
    const ballast = join(folder, 'ballast');
    await writeFile(ballast, createSampleBytes(4 * MIB)).catch(() => {});
    await truncate(ballast, (await stat(ballast)).size - 100 * 1024);
    await expect(append(storage, 'u', storage.createUpload('u'), createSampleBytes(200 * 1024))).rejects.toThrow(
      StorageFullError,
    );
  });

  it('completes and reads while it is full', async () => {
    const bytes = createSampleBytes(MIB);
    const state = await append(storage, 'u', storage.createUpload('u'), bytes);
    await expect(writeFile(join(folder, 'ballast'), createSampleBytes(4 * MIB))).rejects.toMatchObject({
      code: 'ENOSPC',
    });
    await storage.completeUpload('u', state, 'k');
    expect(await summarizeObject(storage, 'k')).toEqual(summarize(bytes));
  });

  it('gives the room of an upload back when it is aborted', async () => {
    const state = storage.createUpload('u');
    await expect(append(storage, 'u', state, createSampleBytes(5 * MIB))).rejects.toThrow(StorageFullError);
    await storage.abortUpload('u', state);
    await storeObject(storage, 'k', createSampleBytes(3 * MIB));
  });

  it('reads, and says that it takes no more, when the medium has become read-only', async () => {
    const bytes = createSampleBytes(1000);
    await storeObject(storage, 'k', bytes);
    const state = await append(storage, 'u', storage.createUpload('u'), bytes);
    mount('remount,ro');
    const attempts = [
      async () => append(storage, 'v', storage.createUpload('v'), bytes),
      async () => storage.completeUpload('w', storage.createUpload('w'), 'empty'),
      () => storage.quarantineObject('k'),
      () => append(storage, 'u', state, bytes),
      () => storage.completeUpload('u', state, 'other'),
      () => storage.checkHealth(),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toThrow(StorageFullError);
      await expect(attempt()).rejects.toThrow(/read-only \(EROFS\)/);
    }
    expect(await summarizeObject(storage, 'k')).toEqual(summarize(bytes));
    mount('remount,rw');
    await storage.completeUpload('u', state, 'other');
    expect(await summarizeObject(storage, 'other')).toEqual(summarize(bytes));
  });
});

describe('a storage whose folders this user may not write', () => {
  it('is not opened below a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'x');
    await expect(openFilesystemStorage({ rootDir: join(file, 'storage') })).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('is not opened where the system lets nobody make folders', async () => {
    const opening = openFilesystemStorage({ rootDir: '/proc/self/roadstead' });
    await expect(opening).rejects.toThrow(/ENOENT|EACCES|EPERM/);
  });

  it('says which permission is missing, and is no full storage', async () => {
    const rootDir = join(folder, 'forbidden');
    const storage = await openFilesystemStorage({ rootDir });
    await Promise.all([folder, rootDir].map((path) => chmod(path, 0o755)));
    await chmod(join(rootDir, 'uploads'), 0o555);
    const becomeRootAgain = stopBeingRoot();
    try {
      await expect(append(storage, 'u', { size: 0 }, createSampleBytes(1))).rejects.toThrow(/EACCES.*uploads/);
      await expect(storage.checkHealth()).rejects.toThrow(/EACCES.*uploads/);
      await expect(openFilesystemStorage({ rootDir: join(rootDir, 'uploads', 'x') })).rejects.toThrow(/EACCES/);
    } finally {
      becomeRootAgain();
    }
  });
});

/** Root may write everywhere: for a while this process is the user `nobody`. */
function stopBeingRoot(): () => void {
  if (process.getuid?.() !== 0) return () => {};
  process.seteuid?.(65_534);
  return () => process.seteuid?.(0);
}

function mount(options: string): void {
  const arguments_ = ['-t', 'tmpfs', '-o', options, 'tmpfs', folder];
  execFileSync('mount', arguments_, { stdio: 'pipe' });
}

function umount(): void {
  execFileSync('umount', [folder], { stdio: 'pipe' });
}

function findReasonAgainstMounting(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has tmpfs';
  if (process.getuid?.() !== 0) return 'only root may mount one';
  try {
    mount('size=64k');
    umount();
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    return undefined;
  } catch (error) {
    return `mounting failed: ${String(error)}`;
  }
}
