import type { Scrub } from '../../content/scrub/scrub.ts';
import type { ScrubState } from '../../content/scrub/scrub-state.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Executions, OperationExecution } from '../executions/executions.ts';
import { CONTINUOUS_SCRUB, SCRUB } from './scrub-work.ts';

/** How the scrub of an instance is. */
export interface ScrubStatus {
  /** 0: it runs only when somebody asks for it. */
  readonly bytesPerSecond: number;
  readonly state: ScrubState;
  /** The job that goes on by itself, for its log; undefined where it never has. */
  readonly jobId: number | undefined;
  /** What somebody asked for and has not ended. */
  readonly running: readonly OperationExecution[];
}

export interface ScrubbingDeps {
  readonly scrub: Pick<Scrub, 'state'>;
  readonly jobs: Jobs;
  readonly executions: Pick<Executions, 'request'>;
  readonly bytesPerSecond: number;
}

const MAX_RUNNING = 10;

/** The scrub, for who looks after the instance. */
export class Scrubbing {
  readonly #deps: ScrubbingDeps;

  constructor(deps: ScrubbingDeps) {
    this.#deps = deps;
  }

  async status(): Promise<ScrubStatus> {
    const { scrub, jobs, bytesPerSecond } = this.#deps;
    const [recurring] = await jobs.listJobs({ kind: CONTINUOUS_SCRUB, isRecurring: true, page: 1, pageSize: 1 });
    const unfinished = { kind: SCRUB, statuses: ['pending', 'running'] } as const;
    const running = await jobs.listExecutions({ ...unfinished, page: 1, pageSize: MAX_RUNNING });
    return { bytesPerSecond, state: await scrub.state(), jobId: recurring?.id, running };
  }

  /** Asks for one whole round from the start; a worker does it soon. */
  run(actor: Actor): Promise<OperationExecution> {
    return this.#deps.executions.request({ kind: SCRUB, parameters: {}, jobs: [{ parameters: {} }] }, actor);
  }
}
