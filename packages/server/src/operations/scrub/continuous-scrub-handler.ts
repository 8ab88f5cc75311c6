import type { Scrub } from '../../content/scrub/scrub.ts';
import type { JobHandler } from '../../jobs/job-handler.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Clock } from '../../kernel/clock.ts';
import { isDoneForSomebody } from '../give-way.ts';
import { CONTINUOUS_SCRUB, SCRUB_WORK } from './scrub-work.ts';

export interface ContinuousScrubDeps {
  readonly scrub: Pick<Scrub, 'run' | 'state'>;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly isOn: boolean;
  /** From the end of a round to the begin of the next: a small registry would else be read without end. */
  readonly restMs: number;
}

/** The scrub that goes on all the time, a while in each run. */
export function createContinuousScrubHandler(deps: ContinuousScrubDeps): JobHandler {
  const { scrub, clock, isOn, restMs } = deps;
  return {
    kind: CONTINUOUS_SCRUB,
    maxConcurrent: 1,
    async run({ signal, fence, log }) {
      if (!isOn || (await isDoneForSomebody(deps, SCRUB_WORK))) return { status: 'success' };
      const { roundStartedAt, lastRoundEndedAt } = await scrub.state();
      const isResting = roundStartedAt === null && lastRoundEndedAt !== null && clock.now() < lastRoundEndedAt + restMs;
      if (isResting) return { status: 'success' };
      const report = await scrub.run({ signal, fence, log });
      return { status: 'success', result: { at: clock.now(), report: { ...report } } };
    },
  };
}
