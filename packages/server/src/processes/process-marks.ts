import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type ExclusiveFile, findExclusiveFile } from '../drivers/database/sqlite/exclusive-file.ts';
import { ConfigurationError } from '../kernel/errors.ts';

const FOLDER = 'processes';
const WAIT_MS = 15_000;
const RETRY_MS = 20;

/**
 * A server process of several holds a file for as long as it lives. Its primary may be killed, and then its last writes must
 * be over before another server begins on the same folder.
 */
export function holdProcessMark(dataDir: string): ExclusiveFile {
  const folder = path.join(dataDir, FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, `${process.pid}.lock`);
  const mark = findExclusiveFile(file);
  if (mark === undefined) throw new Error(`${file} is held by another process`);
  return {
    release: () => {
      mark.release();
      removeMark(file);
    },
  };
}

/**
 * Waits until the processes of an earlier server on this folder have ended.
 * @throws ConfigurationError when one does not end
 */
export async function waitForFormerProcesses(dataDir: string): Promise<void> {
  const folder = path.join(dataDir, FOLDER);
  const deadline = Date.now() + WAIT_MS;
  for (const name of listMarks(folder)) {
    const file = path.join(folder, name);
    let mark = findExclusiveFile(file);
    while (mark === undefined) {
      if (Date.now() > deadline) {
        throw new ConfigurationError(
          `the process ${path.parse(name).name} of an earlier server still works on ${dataDir}: end it`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      mark = findExclusiveFile(file);
    }
    mark.release();
    removeMark(file);
  }
}

function removeMark(file: string): void {
  for (const each of [file, `${file}-journal`]) rmSync(each, { force: true });
}

function listMarks(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.lock'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
