import { readFileSync } from 'node:fs';
import { UsageError } from '../command-context.ts';

/** Where something is to be moved: on the command line, or in a file, which no list of processes shows. */
export interface TargetOptions {
  readonly to?: string | undefined;
  readonly toFile?: string | undefined;
}

/** @throws UsageError unless it is given once */
export function readTargetAddress({ to, toFile }: TargetOptions): string {
  if ((to === undefined) === (toFile === undefined)) throw new UsageError('say where to: by --to, or by --to-file');
  if (toFile === undefined) return to ?? '';
  try {
    return readFileSync(toFile, 'utf8').trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--to-file names ${toFile}, which cannot be read (${reason})`);
  }
}
