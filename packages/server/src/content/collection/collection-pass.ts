import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import type { JobFence } from '../../jobs/job-fence.ts';
import { systemActor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { failpoint } from '../../kernel/failpoints.ts';
import { purgeTrash } from '../trash/purge-trash.ts';
import { deleteUntaggedManifest } from '../untagged/delete-untagged-manifest.ts';
import { findUntagged } from '../untagged/find-untagged.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { findCollectionHold } from './collection-holds.ts';
import { type CollectionReport, EMPTY_REPORT, withError } from './collection-report.ts';
import type { CollectionSettings } from './collection-settings.ts';
import { readCollectionState } from './collection-state.ts';
import { estimateCollection } from './estimate-collection.ts';
import { judgeLinks } from './judge-links.ts';
import { markBlobs } from './mark-blobs.ts';
import { recordPass, recordUntaggedSearch } from './record-pass.ts';
import { removeStoredCopies } from './remove-stored-copies.ts';
import { type CollectionBudget, findCapLimit, settleCap } from './settle-cap.ts';
import { condemnStrays, forgetStrayUpload, listDueStrays } from './strays.ts';
import { sweepStrays } from './sweep-strays.ts';

export interface CollectionPassDeps {
  readonly database: InstanceDatabase;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  readonly uploads: Pick<Uploads, 'reclaimExpired'>;
  /** Told of each error, besides its place in the report. */
  readonly onError: (error: unknown) => void;
}

export interface CollectionPassOptions {
  /** The job that runs the pass: without its lease nothing is committed. */
  readonly fence?: JobFence | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((report: CollectionReport) => void) | undefined;
}

/**
 * One pass of the collector. Every step may be cut off anywhere and is simply done again by the next pass; what goes wrong
 * with one thing does not keep the others.
 */
export class CollectionPass {
  readonly #deps: CollectionPassDeps;
  readonly #settings: CollectionSettings;
  readonly #options: CollectionPassOptions;
  #report = EMPTY_REPORT;

  constructor(deps: CollectionPassDeps, settings: CollectionSettings, options: CollectionPassOptions) {
    this.#deps = deps;
    this.#settings = settings;
    this.#options = options;
  }

  /** @throws the signal's reason; what says that the job is not held any more; what the database throws. */
  async run(): Promise<CollectionReport> {
    const { reader } = this.#deps.database;
    const hold = await findCollectionHold(reader, this.#now());
    if (hold !== undefined) {
      this.#note({ heldBy: hold.name });
      return this.#report;
    }
    await this.#attempt(async () => this.#add({ uploadsEnded: await this.#deps.uploads.reclaimExpired() }));
    await this.#purgeExpired();
    await this.#judgeLinks();
    await this.#markWithinCap();
    await this.#removeCopies();
    await this.#removeStrayUploads();
    await this.#deleteUntagged();
    await this.#sweep();
    await this.#countLost();
    const { blobsRemoved, bytesFreed, linksRemoved } = this.#report;
    if (blobsRemoved > 0) {
      const removed = { blobsRemoved, bytesFreed, linksRemoved };
      await this.#deps.database.execute(recordPass, { ...removed, now: this.#now(), fence: this.#fence });
    }
    return this.#report;
  }

  get #fence(): JobFence | undefined {
    return this.#options.fence;
  }

  #now(): number {
    return this.#deps.clock.now();
  }

  async #purgeExpired(): Promise<void> {
    const limit = this.#settings.batchSize;
    const input = {
      selection: { kind: 'expired' },
      limit,
      actor: systemActor('collector'),
      fence: this.#fence,
    } as const;
    for (let count = limit; count === limit; ) {
      this.#checkAborted();
      count = await this.#deps.database.execute(purgeTrash, { ...input, now: this.#now() });
      this.#add({ trashPurged: count });
    }
  }

  async #judgeLinks(): Promise<void> {
    const limit = this.#settings.batchSize;
    for (let judged = limit; judged === limit; ) {
      this.#checkAborted();
      const output = await this.#deps.database.execute(judgeLinks, { now: this.#now(), limit, fence: this.#fence });
      failpoint('collect.judged');
      judged = output.judged;
      this.#add({ linksRemoved: output.removed });
    }
  }

  async #markWithinCap(): Promise<void> {
    const budget = await this.#settleCap();
    if (budget === undefined) {
      // What is due is all needed (the trash lists it): its review ends, or it would stay due.
      if (await this.#hasDueBlobs()) await this.#markBlobs({ bytes: 0, isConfirmed: false });
      return;
    }
    const left = await this.#condemnStrays(budget, await this.#markBlobs(budget));
    if (budget.isConfirmed && left !== budget.bytes) await this.#settleCap();
  }

  async #hasDueBlobs(): Promise<boolean> {
    const query = this.#deps.database.reader.selectFrom('blobs').select('id').where('review_after', '<=', this.#now());
    return (await query.where('deleting_at', 'is', null).limit(1).executeTakeFirst()) !== undefined;
  }

  /** @returns how much may be marked, or undefined when nothing is due */
  async #settleCap(): Promise<CollectionBudget | undefined> {
    const { database } = this.#deps;
    const { capWindowMs, strayGraceMs } = this.#settings;
    const now = this.#now();
    const { signal } = this.#options;
    const estimate = await estimateCollection(database, { scope: 'now', now, strayGraceMs, signal });
    const due = {
      bytes: estimate.bytes - estimate.markedBytes,
      count: estimate.blobs - estimate.markedBlobs + estimate.strays,
    };
    if (due.count === 0 && (await readCollectionState(database.reader)).awaiting === null) return undefined;
    const limitBytes = await findCapLimit(database, this.#settings, due);
    const budget = await database.execute(settleCap, { due, limitBytes, capWindowMs, now, fence: this.#fence });
    const isWaiting = budget.isConfirmed && budget.bytes < due.bytes;
    this.#note({ awaiting: isWaiting ? { bytes: due.bytes, count: due.count } : undefined });
    return budget;
  }

  /** @returns what is left of the budget */
  async #markBlobs({ bytes, isConfirmed }: CollectionBudget): Promise<number> {
    let budgetBytes = bytes;
    for (let judged = 1; judged > 0; ) {
      this.#checkAborted();
      const output = await this.#deps.database.execute(markBlobs, {
        now: this.#now(),
        limit: this.#settings.batchSize,
        isConfirmed,
        budgetBytes,
        fence: this.#fence,
      });
      failpoint('collect.marked');
      judged = output.judged;
      budgetBytes -= output.markedBytes;
    }
    return budgetBytes;
  }

  /** @returns what is left of the budget */
  async #condemnStrays({ isConfirmed }: CollectionBudget, budgetBytes: number): Promise<number> {
    const { database } = this.#deps;
    const { strayGraceMs: graceMs, batchSize: limit } = this.#settings;
    let left = budgetBytes;
    for (let after: string | undefined = ''; after !== undefined; ) {
      this.#checkAborted();
      const now = this.#now();
      const strays = await listDueStrays(database.reader, { kind: 'object', graceMs, now, after, limit });
      after = strays.length < limit ? undefined : strays.at(-1)?.name;
      if (strays.length === 0) break;
      const names = strays.map((stray) => stray.name);
      const input = { names, graceMs, now, isConfirmed, budgetBytes: left, fence: this.#fence };
      const { count, bytes } = await database.execute(condemnStrays, input);
      left -= bytes;
      this.#add({ straysCondemned: count });
    }
    return left;
  }

  async #removeCopies(): Promise<void> {
    const fence = this.#fence;
    const { removalBatchSize: limit } = this.#settings;
    for (;;) {
      this.#checkAborted();
      const removed = await removeStoredCopies(this.#deps, { limit, fence });
      if (removed === undefined) return;
      for (const error of removed.errors) this.#fail(error);
      this.#add({ blobsRemoved: removed.blobs, bytesFreed: removed.bytes });
    }
  }

  /** Ids of uploads are used once, and their rows come before them: one without a row is nobody's, for ever. */
  async #removeStrayUploads(): Promise<void> {
    const { database, storage } = this.#deps;
    const { strayGraceMs: graceMs, batchSize: limit } = this.#settings;
    for (let after: string | undefined = ''; after !== undefined; ) {
      const now = this.#now();
      const strays = await listDueStrays(database.reader, { kind: 'upload', graceMs, now, after, limit });
      after = strays.length < limit ? undefined : strays.at(-1)?.name;
      for (const { name: id } of strays) {
        this.#checkAborted();
        await this.#attempt(async () => {
          await storage.abortUpload(id, { size: 0 });
          await database.execute(forgetStrayUpload, { id, fence: this.#fence });
          this.#add({ strayUploadsRemoved: 1 });
        });
      }
    }
  }

  async #deleteUntagged(): Promise<void> {
    const { database } = this.#deps;
    const { pushWindowMs, policyIntervalMs, reviewDelayMs, trashWindowMs } = this.#settings;
    const begun = this.#now();
    const { searchedUntaggedAt: last } = await readCollectionState(database.reader);
    if (last !== null && last <= begun && begun < last + policyIntervalMs) return;
    const { signal } = this.#options;
    for await (const manifests of findUntagged(database.reader, { now: begun, pushWindowMs, signal })) {
      for (const { id: manifestId } of manifests) {
        this.#checkAborted();
        const now = this.#now();
        const times = { reviewAfter: now + reviewDelayMs, trashWindowMs, pushWindowMs, now };
        await this.#attempt(async () => {
          const input = { manifestId, ...times, fence: this.#fence };
          if (await database.execute(deleteUntaggedManifest, input)) this.#add({ manifestsDeleted: 1 });
        });
      }
    }
    await database.execute(recordUntaggedSearch, { now: begun, fence: this.#fence });
  }

  async #sweep(): Promise<void> {
    const now = this.#now();
    const { sweptAt } = await readCollectionState(this.#deps.database.reader);
    if (sweptAt !== null && sweptAt <= now && now < sweptAt + this.#settings.straySweepIntervalMs) return;
    const { fence, signal } = this.#options;
    await this.#attempt(() => sweepStrays(this.#deps, { now, fence, signal }));
  }

  async #countLost(): Promise<void> {
    const row = await this.#deps.database.reader
      .selectFrom('blobs')
      .select((blob) => blob.fn.countAll().as('count'))
      .where('lost_at', 'is not', null)
      .executeTakeFirst();
    this.#note({ blobsLost: Number(row?.count ?? 0) });
  }

  /** Goes on after an error, unless it says that this pass has lost its job. */
  async #attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#checkAborted();
      const isRefused = error instanceof ProductError && error.code === 'CONFLICT' && this.#fence !== undefined;
      if (isRefused) throw error;
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#deps.onError(error);
    this.#note(withError(this.#report, error));
  }

  #checkAborted(): void {
    this.#options.signal?.throwIfAborted();
  }

  #add(counts: Partial<Record<CountName, number>>): void {
    const sums = Object.entries(counts).map(([name, count]) => [name, this.#report[name as CountName] + count]);
    this.#note(Object.fromEntries(sums) as Partial<CollectionReport>);
  }

  #note(change: Partial<CollectionReport>): void {
    this.#report = { ...this.#report, ...change };
    this.#options.onProgress?.(this.#report);
  }
}

type CountName =
  | 'uploadsEnded'
  | 'trashPurged'
  | 'linksRemoved'
  | 'blobsRemoved'
  | 'bytesFreed'
  | 'straysCondemned'
  | 'strayUploadsRemoved'
  | 'manifestsDeleted';
