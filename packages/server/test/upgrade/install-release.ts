import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const CACHE = path.join(ROOT, '.cache/upgrade');
const run = promisify(execFile);

export interface InstalledRelease {
  readonly tag: string;
  /** Its server. */
  readonly program: string;
}

/**
 * Brings a release of this repository here, with its dependencies.
 * @param wanted its tag; by default the newest before what is checked out
 * @throws Error when there is none, or it cannot be installed
 */
export async function installRelease(wanted: string | undefined): Promise<InstalledRelease> {
  const tag = wanted ?? (await findRelease());
  const folder = path.join(CACHE, tag);
  const mark = path.join(folder, 'installed');
  if (!existsSync(mark)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await unpack(tag, folder);
    await run('npm', ['ci'], { cwd: folder });
    writeFileSync(mark, '');
  }
  return { tag, program: path.join(folder, 'packages/server/src/main.ts') };
}

async function findRelease(): Promise<string> {
  try {
    const { stdout } = await run('git', ['describe', '--tags', '--abbrev=0', '--match=v*', 'HEAD^'], { cwd: ROOT });
    return stdout.trim();
  } catch (cause) {
    throw new Error('no release stands before this commit: fetch the tags of the repository, or name one by --from', {
      cause,
    });
  }
}

async function unpack(tag: string, folder: string): Promise<void> {
  const archive = path.join(folder, 'release.tar');
  await run('git', ['archive', `--output=${archive}`, tag], { cwd: ROOT });
  await run('tar', ['-xf', archive, '-C', folder]);
  rmSync(archive);
}
