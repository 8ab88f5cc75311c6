import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { CleanUp } from './clean-up.ts';

/** A file system that this run has mounted. */
export interface Mounted {
  readonly folder: string;
  unmount(): void;
}

/** Mounts it, and unmounts it at the end of the run at the latest. @throws Error when this machine does not let us */
export function mountAt(cleanUp: CleanUp, folder: string, args: readonly string[]): Mounted {
  mkdirSync(folder, { recursive: true });
  runTool('mount', [...args, folder]);
  return { folder, unmount: cleanUp.defer(() => unmount(folder)) };
}

export function mountTmpfs(cleanUp: CleanUp, folder: string, options: string): Mounted {
  return mountAt(cleanUp, folder, ['-t', 'tmpfs', '-o', options, 'tmpfs']);
}

/** Makes a file with an empty ext4 file system. Nothing of it is written later, behind the back of whoever watches. */
export function makeExt4(file: string, megabytes: number, options: readonly string[] = []): void {
  runTool('truncate', ['-s', `${megabytes}M`, file]);
  runTool('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0,nodiscard', ...options, file]);
}

/** The block device that a folder is mounted from, such as `/dev/loop3`. */
export function deviceOf(folder: string): string {
  const line = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .findLast((each) => each.split(' ')[1] === path.resolve(folder));
  const device = line?.split(' ')[0];
  if (device === undefined) throw new Error(`nothing is mounted at ${folder}`);
  return device;
}

/** @param allowed the exit codes that are no failure @throws Error with what it said */
export function runTool(command: string, args: readonly string[], allowed: readonly number[] = [0]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === null) throw new Error(`${command} could not be run: ${error?.message}`);
  if (!allowed.includes(status)) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr.trim()}`);
}

function unmount(folder: string): void {
  const first = spawnSync('umount', [folder], { encoding: 'utf8' });
  if (first.status === 0) return;
  // Somebody still has a file open there: it goes when the file is closed.
  const second = spawnSync('umount', ['-l', folder], { encoding: 'utf8' });
  if (second.status !== 0) throw new Error(`${first.stderr} ${second.stderr}`);
}
