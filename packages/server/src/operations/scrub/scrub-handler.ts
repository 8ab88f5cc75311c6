import type { Scrub } from '../../content/scrub/scrub.ts';
import { type ScrubState, writeScrubState } from '../../content/scrub/scrub-state.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { JobHandler, RunningJob } from '../../jobs/job-handler.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { JsonValue } from '../../jobs/json-value.ts';
import type { Clock } from '../../kernel/clock.ts';
import { waitForTurn } from '../give-way.ts';
import { SCRUB, SCRUB_WORK } from './scrub-work.ts';

export interface ScrubHandlerDeps {
  readonly database: InstanceDatabase;
  readonly scrub: Pick<Scrub, 'run' | 'state'>;
  readonly jobs: Jobs;
  readonly clock: Clock;
}

/** What the rounds before had found, so that what this one finds can be told. */
interface RoundStart {
  readonly roundStartedAt: number;
  readonly damaged: number;
  readonly missing: number;
  readonly unreadable: number;
}

/** One whole round over all stored copies from the start. An attempt that was cut off is taken up where it was. */
export function createScrubHandler(deps: ScrubHandlerDeps): JobHandler {
  const { scrub } = deps;
  return {
    kind: SCRUB,
    maxConcurrent: 1,
    async run(job) {
      await waitForTurn(deps, SCRUB_WORK, job, { interrupts: true });
      const start = await startRound(deps, job);
      for (let endedRound = false; !endedRound; ) {
        job.signal.throwIfAborted();
        ({ endedRound } = await scrub.run({ signal: job.signal, fence: job.fence, log: job.log }));
        job.reportProgress({ ...start, found: summarize(await scrub.state(), start) });
      }
      const found = summarize(await scrub.state(), start);
      job.log(`Read ${found.blobs} stored copies: ${found.bytes} bytes.`);
      return { status: 'success', result: { ...found } };
    },
  };
}

async function startRound({ database, scrub, clock }: ScrubHandlerDeps, job: RunningJob): Promise<RoundStart> {
  const state = await scrub.state();
  const before = readStart(job.lastProgress);
  if (before !== undefined && before.roundStartedAt === state.roundStartedAt) return before;
  const now = clock.now();
  const fresh: ScrubState = { ...state, lastBlobId: 0, roundStartedAt: now, roundBytes: 0, roundBlobs: 0 };
  await database.execute(writeScrubState, { state: fresh, fence: job.fence, now });
  const { damaged, missing, unreadable } = state;
  const start = { roundStartedAt: now, damaged, missing, unreadable };
  job.reportProgress(start);
  return start;
}

function readStart(progress: JsonValue | undefined): RoundStart | undefined {
  return (progress ?? undefined) as unknown as RoundStart | undefined;
}

function summarize(state: ScrubState, start: RoundStart) {
  return {
    blobs: state.roundBlobs,
    bytes: state.roundBytes,
    damaged: state.damaged - start.damaged,
    missing: state.missing - start.missing,
    unreadable: state.unreadable - start.unreadable,
  };
}
