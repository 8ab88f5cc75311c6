import type { Actor } from '../../kernel/actor.ts';
import { countUntagged, type UntaggedCount } from '../untagged/count-untagged.ts';
import { findCollectionHold, holdCollection, releaseCollection } from './collection-holds.ts';
import { CollectionPass, type CollectionPassDeps, type CollectionPassOptions } from './collection-pass.ts';
import type { CollectionReport } from './collection-report.ts';
import type { CollectionSettings } from './collection-settings.ts';
import { type CollectionState, readCollectionState } from './collection-state.ts';
import { confirmCollection } from './confirm-collection.ts';
import { type CollectionEstimate, estimateCollection } from './estimate-collection.ts';
import { findNextCollection } from './find-next-collection.ts';
import { queueEverything } from './queue-everything.ts';

export interface CollectorDeps extends CollectionPassDeps {
  readonly collection: () => CollectionSettings;
}

/** What the collector would do, and what keeps it from doing so. */
export interface CollectionPreview {
  /** What a pass would remove now. */
  readonly now: CollectionEstimate;
  /** What one would remove once the trash was purged and all delays were over. */
  readonly purge: CollectionEstimate;
  /** What the policies on untagged manifests would delete; their blobs go after that, with trash and delays. */
  readonly untagged: UntaggedCount;
  readonly heldBy: { readonly name: string; readonly until: number } | undefined;
  /** What waits for a confirmation since the last pass. */
  readonly awaiting: CollectionState['awaiting'];
}

const QUEUE_BATCH = 200;

/**
 * Reclaims what nothing leads to any more, while everything else goes on: nothing is ever locked for long, and what is
 * judged is looked at under its lock. Content gets before it by columns of its own rows (`review_after`), in the
 * transaction that takes away a use; so no step can forget it, and no pass walks through all content.
 */
export class Collector {
  readonly #deps: CollectorDeps;

  constructor(deps: CollectorDeps) {
    this.#deps = deps;
  }

  /** @throws the signal's reason; what says that the job is not held any more; what the database throws. */
  runPass(options: CollectionPassOptions = {}): Promise<CollectionReport> {
    return new CollectionPass(this.#deps, this.#deps.collection(), options).run();
  }

  /** The first instant at which a pass would find something to do; undefined when time alone brings nothing. */
  nextWorkAt(): Promise<number | undefined> {
    const { database, clock, collection } = this.#deps;
    return findNextCollection(database.reader, collection(), clock.now());
  }

  /** Exact as long as nobody writes; changes nothing. */
  async dryRun(signal?: AbortSignal): Promise<CollectionPreview> {
    const { database, clock, collection } = this.#deps;
    const { strayGraceMs, pushWindowMs } = collection();
    const now = clock.now();
    const input = { now, strayGraceMs, signal };
    return {
      now: await estimateCollection(database, { ...input, scope: 'now' }),
      purge: await estimateCollection(database, { ...input, scope: 'purge' }),
      untagged: await countUntagged(database.reader, { now, pushWindowMs, signal }),
      heldBy: await findCollectionHold(database.reader, now),
      awaiting: (await readCollectionState(database.reader)).awaiting,
    };
  }

  /** Lets the next pass remove up to so many bytes beyond the cap. @throws ProductError PRECONDITION, VALIDATION */
  confirm(bytes: number, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    return database.execute(confirmCollection, { bytes, now: clock.now(), actor });
  }

  /** Keeps everything where it is for so long, for a backup or an export, which renews it in time. */
  hold(name: string, forMs: number): Promise<void> {
    const { database, clock } = this.#deps;
    return database.execute(holdCollection, { name, until: clock.now() + forMs });
  }

  release(name: string): Promise<void> {
    return this.#deps.database.execute(releaseCollection, { name });
  }

  /** Has everything judged by the next passes, whether or not it is queued: a repair. */
  async queueEverything(signal?: AbortSignal): Promise<void> {
    const { database, clock } = this.#deps;
    for (let after: number | undefined = 0; after !== undefined; ) {
      signal?.throwIfAborted();
      const reviewAfter = clock.now();
      after = await database.execute(queueEverything, { afterBlobId: after, limit: QUEUE_BATCH, reviewAfter });
    }
  }
}
