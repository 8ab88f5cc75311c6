import { CollectionPass, type CollectionPassDeps } from '../../content/collection/collection-pass.ts';
import { type CollectionReport, withError } from '../../content/collection/collection-report.ts';
import type { CollectionSettings } from '../../content/collection/collection-settings.ts';
import { endBlobDelays, endLinkDelays, type LinkCursor } from '../../content/collection/end-delays.ts';
import { sweepStrays } from '../../content/collection/sweep-strays.ts';
import { purgeTrash } from '../../content/trash/purge-trash.ts';
import type { JobFence } from '../../jobs/job-fence.ts';
import type { Actor } from '../../kernel/actor.ts';

export interface PurgeNowDeps extends CollectionPassDeps {
  readonly collection: () => CollectionSettings;
}

export interface PurgeNowOptions {
  /** Who asked for it: the journal says so of each manifest. */
  readonly actor: Actor;
  readonly fence: JobFence;
  readonly signal: AbortSignal;
  /** Told what it does now, and what of it is done. */
  readonly onStep: (step: PurgeStep, report: CollectionReport | undefined) => void;
}

export type PurgeStep = 'trash' | 'delays' | 'strays' | 'pass';

const TRASH_BATCH = 50;

/**
 * Purge now (invariant 12): all trash goes for good, all delays are over, pushes under way included, and a pass removes what
 * nothing leads to any more. Cap and holds are respected. It frees what a dry run has said under `purge`.
 * @returns what it has done, the purged trash included
 * @throws ProductError CONFLICT while a backup or an export holds the collector; the signal's reason
 */
export async function purgeNow(deps: PurgeNowDeps, options: PurgeNowOptions): Promise<CollectionReport> {
  const { fence, signal, onStep } = options;
  const settings = deps.collection();
  onStep('trash', undefined);
  const purged = await purgeAllTrash(deps, options);
  onStep('delays', undefined);
  await endDelays(deps, settings.batchSize, options);
  onStep('strays', undefined);
  const sweepError = await sweepAgain(deps, options);
  const pass = new CollectionPass(
    deps,
    { ...settings, strayGraceMs: 0, policyIntervalMs: 0 },
    {
      fence,
      signal,
      onProgress: (report) => onStep('pass', report),
    },
  );
  const report = await pass.run();
  const whole = { ...report, trashPurged: report.trashPurged + purged };
  return sweepError === undefined ? whole : withError(whole, sweepError);
}

async function purgeAllTrash(
  { database, clock }: PurgeNowDeps,
  { actor, fence, signal }: PurgeNowOptions,
): Promise<number> {
  for (let purged = 0; ; ) {
    signal.throwIfAborted();
    const input = { selection: { kind: 'all' }, limit: TRASH_BATCH, now: clock.now(), actor, fence } as const;
    const count = await database.execute(purgeTrash, input);
    purged += count;
    if (count < TRASH_BATCH) return purged;
  }
}

/**
 * What an earlier sweep has seen is seen a second time, so that it may go. A listing that breaks off lets no stray go, and
 * all else does. @returns what went wrong
 */
async function sweepAgain(deps: PurgeNowDeps, { fence, signal }: PurgeNowOptions): Promise<unknown> {
  try {
    await sweepStrays(deps, { now: deps.clock.now(), fence, signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    deps.onError(error);
    return error;
  }
}

async function endDelays(
  { database, clock }: PurgeNowDeps,
  limit: number,
  { fence, signal }: PurgeNowOptions,
): Promise<void> {
  const now = clock.now();
  let after: LinkCursor | undefined;
  do {
    signal.throwIfAborted();
    after = await database.execute(endLinkDelays, { after, limit, now, fence });
  } while (after !== undefined);
  for (let count = limit; count === limit; ) {
    signal.throwIfAborted();
    count = await database.execute(endBlobDelays, { limit, now, fence });
  }
}
