import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readRange } from '../contract/sample-bytes.ts';
import { openFilesystemStorage } from './filesystem-storage.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

const MODULE = new URL('./filesystem-storage.ts', import.meta.url).href;
const reason = findReasonAgainstTracing();
if (reason !== undefined) console.log(`not run: the order of fsyncs, and failing ones, because ${reason}`);

/** What the traced process does: it opens a storage (two folder syncs), stores an object, and tries again when that fails. */
const PROGRAM = `
  const { openFilesystemStorage } = await import(${JSON.stringify(MODULE)});
  const storage = await openFilesystemStorage({ rootDir: process.argv[1] });
  async function* body() { yield Buffer.alloc(300_000, 7); }
  const state = await storage.appendUpload('u', storage.createUpload('u'), body(), {});
  const outcomes = [];
  for (let attempt = 0; attempt < 2; attempt++) {
    outcomes.push(await storage.completeUpload('u', state, 'k').then(() => 'acknowledged', (error) => error.code ?? error.name));
    process.stdout.write(outcomes.at(-1) + '\\n');
  }
  process.stdout.write(JSON.stringify({ outcomes, size: await storage.findObjectSize('k') ?? null }));
`;

/** A power cut cannot be had here, so these look at what the process asks of the system, and make the system refuse. */
describe.runIf(reason === undefined)('the filesystem storage, traced', () => {
  let folder: string;
  let rootDir: string;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    rootDir = join(folder, 'storage');
    // All folders are there, so the traced process syncs only two when it opens the storage.
    await (await openFilesystemStorage({ rootDir })).close();
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('syncs the file before it links it, and the folder of its new name before it acknowledges', async () => {
    const { outcomes, calls } = await trace([]);
    expect(outcomes[0]).toBe('acknowledged');
    const link = calls.findIndex((call) => call.includes('link'));
    expect(link).toBeGreaterThan(0);
    expect(calls.slice(0, link).filter((call) => /fdatasync\(\d+<[^>]*\/uploads\/u>/.test(call))).toHaveLength(1);
    const acknowledged = calls.findIndex((call) => call.includes('acknowledged'));
    expect(calls.slice(link, acknowledged).filter((call) => call.includes('sync('))).toEqual([
      expect.stringMatching(/fsync\(\d+<[^>]*\/blobs\/[0-9a-f]{2}>/),
    ]);
  });

  it('gives the upload up when its data cannot be synced', async () => {
    const { outcomes, size } = await trace(['-e', 'inject=fdatasync:error=EIO:when=1']);
    expect(outcomes).toEqual(['EIO', 'UploadNotFoundError']);
    expect(size).toBeNull();
    expect(await readdir(join(rootDir, 'uploads'))).toEqual([]);
  });

  it('takes the object back when its folder cannot be synced, and a repetition cannot save it', async () => {
    const { outcomes, size } = await trace(['-e', 'inject=fsync:error=EIO:when=3']);
    expect(outcomes).toEqual(['EIO', 'UploadNotFoundError']);
    expect(size).toBeNull();
  });

  it('renames the file where there are no hard links, and never to a name that is taken', async () => {
    const { outcomes, size } = await trace(['-e', 'inject=link,linkat:error=EPERM']);
    expect(outcomes).toEqual(['acknowledged', 'UploadNotFoundError']);
    expect(size).toBe(300_000);
    expect(await readdir(join(rootDir, 'uploads'))).toEqual([]);
  });

  it('does not acknowledge a repetition whose folder sync fails', async () => {
    const { outcomes, size } = await trace(['-e', 'inject=fsync:error=EIO:when=4']);
    expect(outcomes).toEqual(['acknowledged', 'EIO']);
    // The first was acknowledged, so the object stays.
    expect(size).toBe(300_000);
  });

  async function trace(injection: readonly string[]): Promise<Traced> {
    const log = join(folder, 'trace');
    const calls = 'trace=fsync,fdatasync,link,linkat,write';
    // One thread for files, since strace counts the calls of each thread for itself.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1', NODE_OPTIONS: '' };
    const command = [process.execPath, '--input-type=module', '-e', PROGRAM, rootDir];
    const { stdout } = await promisify(execFile)(
      'strace',
      ['-f', '-y', '-o', log, '-e', calls, ...injection, ...command],
      {
        env,
      },
    );
    return { ...JSON.parse(stdout.split('\n').at(-1) ?? ''), calls: (await readFile(log, 'utf8')).split('\n') };
  }
});

/** Appends, says so, and then writes on without an end until it is killed. */
const UNENDING_PROGRAM = `
  const { openFilesystemStorage } = await import(${JSON.stringify(MODULE)});
  const storage = await openFilesystemStorage({ rootDir: process.argv[1] });
  async function* body() { yield Buffer.alloc(300_000, 7); }
  const state = await storage.appendUpload('u', storage.createUpload('u'), body(), {});
  async function* unending() {
    for (let piece = 0; ; piece++) {
      yield Buffer.alloc(65_536, 9);
      if (piece === 100) process.stdout.write(JSON.stringify(state));
    }
  }
  await storage.appendUpload('u', state, unending(), {});
`;

it('loses no acknowledged byte, and keeps no other, when the process is killed in the middle of an append', async () => {
  const folder = await createTemporaryFolder();
  try {
    const child = spawn(process.execPath, ['--input-type=module', '-e', UNENDING_PROGRAM, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    const [acknowledged] = await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await exit;

    const storage = await openFilesystemStorage({ rootDir: folder });
    await storage.completeUpload('u', JSON.parse(String(acknowledged)), 'k');
    expect(await storage.findObjectSize('k')).toBe(300_000);
    expect((await readRange(storage, 'k', 0, 300_000)).equals(Buffer.alloc(300_000, 7))).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});

interface Traced {
  readonly outcomes: readonly string[];
  readonly size: number | null;
  readonly calls: readonly string[];
}

function findReasonAgainstTracing(): string | undefined {
  try {
    execFileSync('strace', ['-o', '/dev/null', '-e', 'trace=none', 'true'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'strace is missing or may not trace here';
  }
}
