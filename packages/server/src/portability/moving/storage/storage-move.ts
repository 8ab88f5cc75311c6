import type { InstanceDatabase } from '../../../db/instance/instance-database.ts';
import type { BlobStorage } from '../../../drivers/blob-storage/blob-storage.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { holdCollectionWhile } from './hold-collection-while.ts';
import type { IdSet } from './id-set.ts';
import { type MoveCopyOptions, type MoveProblem, moveCopy } from './move-copy.ts';
import { countStoredCopies, listStoredCopies, type StoredCopy, type StoredTotals } from './stored-copies.ts';

export interface StorageMoveDeps {
  readonly database: InstanceDatabase;
  readonly source: BlobStorage;
  readonly target: BlobStorage;
  readonly clock: Clock;
}

export interface PassOptions extends Omit<MoveCopyOptions, 'onBytes'> {
  /** How many copies are under way at once. */
  readonly concurrency: number;
  /** Looks at every copy again, also at those that an earlier pass of this move has seen in the target. */
  readonly isFull: boolean;
  readonly onProgress?: ((progress: PassProgress) => void) | undefined;
}

/** How far a pass has come. */
export interface PassProgress {
  readonly total: StoredTotals;
  /** Settled, in whatever way. */
  readonly objects: number;
  /** Of settled copies, and of those under way. */
  readonly bytes: number;
  /** Read from the source by this pass. */
  readonly copiedBytes: number;
}

/** A copy that could not be moved. */
export interface FailedCopy extends MoveProblem {
  readonly storageKey: string;
  /** Undefined for a blob without a name. */
  readonly digest: string | undefined;
  readonly sizeBytes: number;
}

export interface PassReport {
  readonly total: StoredTotals;
  readonly copied: number;
  readonly copiedBytes: number;
  /** In the target before. */
  readonly there: number;
  /** Rows whose copy was lost before. */
  readonly lost: number;
  /** Rows that were deleted, or got another copy, meanwhile. */
  readonly gone: number;
  readonly failures: readonly FailedCopy[];
}

/** Copies what the rows of one instance lead to from one storage to another, while the instance may be in use. */
export class StorageMove {
  readonly #deps: StorageMoveDeps;
  readonly #seen: IdSet;

  /** @param seen what earlier passes have seen in the target; this one adds to it */
  constructor(deps: StorageMoveDeps, seen: IdSet) {
    this.#deps = deps;
    this.#seen = seen;
  }

  /**
   * Goes through all rows once. Nothing is deleted at the source, and no row is changed.
   * @throws what the target fails with; the signal's reason. Whatever was copied stays, and the next pass finds it.
   */
  async runPass(options: PassOptions): Promise<PassReport> {
    if (options.isDryRun === true) return this.#walk(options);
    return holdCollectionWhile(this.#deps, () => this.#walk(options));
  }

  async #walk(options: PassOptions): Promise<PassReport> {
    const { reader } = this.#deps.database;
    const run = new PassRun(await countStoredCopies(reader), options);
    const failing = new AbortController();
    const signal = AbortSignal.any([failing.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    const copies = listStoredCopies(reader, signal);
    const lanes = Array.from({ length: options.concurrency }, async () => {
      try {
        // Not `for await`: the first lane to end would end the list for the others.
        for (let next = await copies.next(); next.done !== true; next = await copies.next()) {
          await this.#move(next.value, run, { ...options, signal });
        }
      } catch (error) {
        failing.abort(error);
        throw error;
      }
    });
    await Promise.allSettled(lanes);
    signal.throwIfAborted();
    return run.report();
  }

  async #move(copy: StoredCopy, run: PassRun, options: PassOptions): Promise<void> {
    if (!options.isFull && this.#seen.has(copy.id)) return run.settle(copy, 'there');
    let passedBytes = 0;
    const onBytes = (sizeBytes: number) => {
      passedBytes += sizeBytes;
      run.pass(sizeBytes);
    };
    const { database, source, target } = this.#deps;
    const outcome = await moveCopy({ db: database.reader, source, target }, copy, { ...options, onBytes });
    if (outcome === 'there' || outcome === 'copied') this.#seen.add(copy.id);
    run.settle(copy, outcome, passedBytes);
  }
}

/** What one pass counts. */
class PassRun {
  readonly #total: StoredTotals;
  readonly #onProgress: PassOptions['onProgress'];
  readonly #counts = { there: 0, copied: 0, lost: 0, gone: 0 };
  readonly #failures: FailedCopy[] = [];
  #objects = 0;
  #bytes = 0;
  #readBytes = 0;
  #copiedBytes = 0;

  constructor(total: StoredTotals, { onProgress }: PassOptions) {
    this.#total = total;
    this.#onProgress = onProgress;
  }

  /** Bytes on their way. */
  pass(sizeBytes: number): void {
    this.#bytes += sizeBytes;
    this.#readBytes += sizeBytes;
    this.#tell();
  }

  /** @param passedBytes of the copy, which `pass` has counted */
  settle(copy: StoredCopy, outcome: Awaited<ReturnType<typeof moveCopy>>, passedBytes = 0): void {
    const { storageKey, sizeBytes, digests } = copy;
    this.#objects += 1;
    this.#bytes += sizeBytes - passedBytes;
    if (outcome === 'copied') this.#copiedBytes += sizeBytes;
    if (typeof outcome === 'string') this.#counts[outcome] += 1;
    else this.#failures.push({ ...outcome, storageKey, sizeBytes, digest: digests[0] });
    this.#tell();
  }

  report(): PassReport {
    return { total: this.#total, ...this.#counts, copiedBytes: this.#copiedBytes, failures: this.#failures };
  }

  #tell(): void {
    this.#onProgress?.({
      total: this.#total,
      objects: this.#objects,
      bytes: this.#bytes,
      copiedBytes: this.#readBytes,
    });
  }
}
