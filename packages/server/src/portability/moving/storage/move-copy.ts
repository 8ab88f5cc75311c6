import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../../db/instance/schema.ts';
import { type BlobStorage, ObjectNotFoundError } from '../../../drivers/blob-storage/blob-storage.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { freeMemory } from '../../../kernel/free-memory.ts';
import { findStoredCopy, type StoredCopy } from './stored-copies.ts';
import { CopyReadError, DamagedCopyError, verifiedBytes } from './verified-bytes.ts';

export interface MoveCopyDeps {
  readonly db: Kysely<InstanceSchema>;
  readonly source: BlobStorage;
  readonly target: BlobStorage;
}

export interface MoveCopyOptions {
  /** Reads what the target has already, instead of comparing its size. */
  readonly verifies?: boolean | undefined;
  /** Changes nothing. */
  readonly isDryRun?: boolean | undefined;
  readonly onBytes?: ((sizeBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What became of a copy: `there` already, `copied` just now, `lost` before (its row says so, and the source does not have it),
 * `gone` because its row is.
 */
export type MoveOutcome = 'there' | 'copied' | 'lost' | 'gone' | MoveProblem;

/** A copy that cannot be moved, in words. */
export interface MoveProblem {
  readonly kind: 'damaged' | 'missing' | 'unreadable';
  readonly reason: string;
}

/** What looks damaged is read a second time: memory and cables err as well. */
const READS = 2;

/**
 * Makes sure that the target has this copy, under the same key. An object is there only when somebody has finished and
 * verified it, so one of the right size is taken for the copy.
 * @throws what the target fails with; ProductError when the source does not answer
 */
export async function moveCopy(deps: MoveCopyDeps, copy: StoredCopy, options: MoveCopyOptions): Promise<MoveOutcome> {
  const { source, target } = deps;
  const size = await target.findObjectSize(copy.storageKey);
  if (size === copy.sizeBytes && (options.verifies !== true || (await isSound(target, copy, options)))) return 'there';
  const found = await sizeIn(source, copy);
  if (found !== copy.sizeBytes) return explain(deps, copy, wrongSize(copy, found));
  if (options.isDryRun === true) return 'copied';
  // Nobody has finished it there, or something has damaged it since: the operator may look at it.
  if (size !== undefined) await target.quarantineObject(copy.storageKey);
  try {
    await importCopy(deps, copy, options);
    return 'copied';
  } catch (error) {
    return explain(deps, copy, toProblem(error));
  }
}

async function importCopy({ source, target }: MoveCopyDeps, copy: StoredCopy, options: MoveCopyOptions): Promise<void> {
  const { signal, onBytes } = options;
  const { storageKey, sizeBytes } = copy;
  for (let read = 1; ; read += 1) {
    try {
      const body = verifiedBytes(source, copy, { onBytes, signal });
      await target.importObject(storageKey, body, { sizeBytes, release: freeMemory, ...(signal && { signal }) });
      return;
    } catch (error) {
      if (!(error instanceof DamagedCopyError) || read === READS) throw error;
    }
  }
}

/** A row that has changed meanwhile explains everything: its copy is not wanted, or a later pass moves the new one. */
async function explain({ db }: MoveCopyDeps, copy: StoredCopy, problem: MoveProblem): Promise<MoveOutcome> {
  const now = await findStoredCopy(db, copy.id);
  if (now?.storageKey !== copy.storageKey) return 'gone';
  return now.isLost ? 'lost' : problem;
}

async function isSound(storage: BlobStorage, copy: StoredCopy, options: MoveCopyOptions): Promise<boolean> {
  try {
    for await (const piece of verifiedBytes(storage, copy, options)) freeMemory(piece);
    return true;
  } catch (error) {
    if (error instanceof DamagedCopyError) return false;
    throw error instanceof CopyReadError ? error.cause : error;
  }
}

async function sizeIn(source: BlobStorage, { storageKey }: StoredCopy): Promise<number | undefined> {
  return source.findObjectSize(storageKey);
}

function wrongSize(copy: StoredCopy, found: number | undefined): MoveProblem {
  if (found === undefined) return { kind: 'missing', reason: 'the storage does not have it' };
  return { kind: 'damaged', reason: `it has ${found} bytes instead of ${copy.sizeBytes}` };
}

/** @throws the error itself when it is none of one copy */
function toProblem(error: unknown): MoveProblem {
  if (error instanceof DamagedCopyError) return { kind: 'damaged', reason: error.message };
  if (!(error instanceof CopyReadError)) throw error;
  const { cause } = error;
  if (cause instanceof ProductError) throw cause;
  if (cause instanceof ObjectNotFoundError) return { kind: 'missing', reason: 'the storage does not have it' };
  return { kind: 'unreadable', reason: cause instanceof Error ? cause.message : String(cause) };
}
