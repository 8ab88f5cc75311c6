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
 * Takes the lock file `path`, which names the process that owns it. A lock whose process is gone is taken over.
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
    await file.writeFile(`${process.pid} ${(await findStart(process.pid)) ?? ''}\n`);
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function findOwner(path: string): Promise<number | 'gone' | 'unknown'> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, pidText, lockStart] = /^([1-9][0-9]*) ?([0-9]*)/.exec(text) ?? [];
  // An empty file belongs to a process between creating and writing it.
  if (pidText === undefined) return 'unknown';
  const pid = Number(pidText);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return 'gone';
  }
  const start = await findStart(pid);
  return start !== undefined && start !== lockStart ? 'gone' : pid;
}

/**
 * When a process began, in clock ticks since the boot: a later process with the same id has another (proc(5), Linux only).
 * Empty for one that is dead and not yet buried: where nobody collects dead processes, as in many containers, they keep
 * their ids for ever.
 */
async function findStart(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // The program's name, in parentheses, may hold blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : fields[19];
}
