import { open, readFile, rm } from 'node:fs/promises';
import { conflictError } from './cli-error.ts';

export interface FileLock extends AsyncDisposable {
  release(): Promise<void>;
}

export interface LockOptions {
  /** How long to wait for another process; 0 fails at once. */
  readonly waitMs: number;
  readonly sleepMs: (ms: number) => Promise<void>;
}

const POLL_MS = 25;

/**
 * Takes the lock file `path`, which holds the id of the process that owns it. A lock whose process is gone is taken over.
 * Throws a conflict (exit code 7) when another process keeps it for longer than `waitMs`.
 */
export async function openFileLock(path: string, options: LockOptions): Promise<FileLock> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    if (await tryToCreate(path)) {
      const release = () => rm(path, { force: true });
      return { release, [Symbol.asyncDispose]: release };
    }
    const owner = await findOwner(path);
    if (owner === 'gone') {
      await rm(path, { force: true });
    } else if (waitedMs >= options.waitMs) {
      throw conflictError(`${path} is held by another process`, {
        why: owner === 'unknown' ? 'its owner cannot be told' : `process ${owner} is at work there`,
        remedy: 'wait until it is done; if nothing runs, remove the file',
      });
    }
    await options.sleepMs(POLL_MS);
  }
}

async function tryToCreate(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(`${process.pid}\n`);
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function findOwner(path: string): Promise<number | 'gone' | 'unknown'> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  // An empty file belongs to a process between creating and writing it.
  if (!(pid > 0)) return 'unknown';
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? 'gone' : pid;
  }
}
