import { access, constants, mkdtemp, rmdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { type Finding, fail, ok, reasonOf, warn } from './finding.ts';

const MIB = 2 ** 20;
const FAIL_BELOW_BYTES = 256 * MIB;
const WARN_BELOW_BYTES = 2_048 * MIB;
const WARN_BELOW_SHARE = 0.05;
const OTHERS = 0o007;
const CHECK = 'data folder';
const REMEDY = 'give this user the right to write there, or set ROADSTEAD_DATA to another folder';

/** The data folder: who may write and look into it, and how much room is left. */
export async function checkDataFolder(dataDir: string): Promise<readonly Finding[]> {
  const existing = await findExisting(dataDir);
  if (!(await stat(existing)).isDirectory()) return [fail(CHECK, `${existing} is not a folder`, REMEDY)];
  return [await checkAccess(dataDir, existing), await checkRoom(existing)];
}

async function checkAccess(dataDir: string, existing: string): Promise<Finding> {
  if (existing !== dataDir) {
    const isWritable = await access(existing, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    return isWritable
      ? ok(CHECK, `${dataDir} will be made at the first start`)
      : fail(CHECK, `${dataDir} cannot be made: ${existing} may not be written to`, REMEDY);
  }
  try {
    // A read-only file system and an exhausted quota show only when something is made.
    await rmdir(await mkdtemp(path.join(dataDir, '.doctor-')));
  } catch (error) {
    return fail(CHECK, `${dataDir} cannot be written to (${reasonOf(error)})`, REMEDY);
  }
  const { mode } = await stat(dataDir);
  if ((mode & OTHERS) === 0) return ok(CHECK, `${dataDir} can be written to, and others have no access`);
  return warn(CHECK, `${dataDir} is open to other users of this machine`, `run: chmod 700 ${dataDir}`);
}

async function checkRoom(folder: string): Promise<Finding> {
  const check = 'disk';
  const { bavail, bsize, blocks, files, ffree } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const share = blocks === 0 ? 1 : bavail / blocks;
  const message = `${Math.floor(freeBytes / MIB)} MiB free (${Math.floor(share * 100)} %)`;
  const remedy = 'free some room, or move the data folder to a larger disk';
  if (freeBytes < FAIL_BELOW_BYTES) return fail(check, `only ${message}`, remedy);
  if (files > 0 && ffree / files < WARN_BELOW_SHARE) {
    return warn(
      check,
      `only ${ffree} of ${files} inodes are free`,
      'each blob needs one: use a file system with more of them',
    );
  }
  if (freeBytes < WARN_BELOW_BYTES || share < WARN_BELOW_SHARE) return warn(check, `only ${message}`, remedy);
  return ok(check, message);
}

/** The folder itself, or what exists of the way to it. */
async function findExisting(folder: string): Promise<string> {
  for (let candidate = folder; ; candidate = path.dirname(candidate)) {
    const exists = await stat(candidate).then(
      () => true,
      () => false,
    );
    if (exists || candidate === path.dirname(candidate)) return candidate;
  }
}
