import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { countQueues, findJob, type Job, listJobRows, listLogLines, type QueueFigures } from '../../jobs/job-reads.ts';
import { renderJobLog } from '../../jobs/render-job-log.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { stopJobs } from './upkeep-commands.ts';

/** A job that a worker has now. */
export type RunningWork = Job;

const MAX_RUNNING = 500;
const STOP_BATCH = 100;
const LOG_LINES = 1_000;

/** What the workers of an instance have before them, for who looks after it. */
export class JobMonitor {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;

  constructor({ database, clock }: { readonly database: InstanceDatabase; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** What runs now, whichever process has it; 500 at most. */
  listRunning(): Promise<readonly RunningWork[]> {
    return listJobRows(this.#database.reader, { statuses: ['running'], page: 1, pageSize: MAX_RUNNING });
  }

  /** By kind; kinds of which nothing waits or runs are left out. */
  listQueues(): Promise<readonly QueueFigures[]> {
    return countQueues(this.#database.reader, this.#clock.now());
  }

  /** Of a job that comes again only the present run stops; nothing happens to one that has ended. @throws ProductError NOT_FOUND */
  async stopJob(id: number, actor: Actor): Promise<void> {
    await this.#get(id);
    await this.#stop([id], actor);
  }

  /** What the job said, a line each with its instant. @throws ProductError NOT_FOUND */
  async readLog(id: number): Promise<string> {
    const { reader } = this.#database;
    await this.#get(id);
    return renderJobLog((await listLogLines(reader, id, { after: 0, pageSize: LOG_LINES })).items);
  }

  /**
   * Stops what waits of a kind. What comes again by itself is left alone: it would be back at once.
   * @param kind undefined: of every kind
   * @throws ProductError NOT_FOUND when nothing is of that kind
   */
  async stopWaiting(kind: string | undefined, actor: Actor): Promise<void> {
    const { reader } = this.#database;
    if (kind !== undefined && (await listJobRows(reader, { kind, page: 1, pageSize: 1 })).length === 0) {
      throw new ProductError('NOT_FOUND', 'there is no queue of that type');
    }
    const waiting = { kind, statuses: ['pending'], isRecurring: false } as const;
    for (;;) {
      const jobs = await listJobRows(reader, { ...waiting, page: 1, pageSize: STOP_BATCH });
      const count = await this.#stop(
        jobs.map(({ id }) => id),
        actor,
      );
      // Those that others have stopped meanwhile, or that run by now, are no reason to go on for ever.
      if (jobs.length < STOP_BATCH || count === 0) return;
    }
  }

  async #get(id: number): Promise<void> {
    if ((await findJob(this.#database.reader, id, {})) === undefined) {
      throw new ProductError('NOT_FOUND', `there is no job ${id}`);
    }
  }

  #stop(jobIds: readonly number[], actor: Actor): Promise<number> {
    return this.#database.execute(stopJobs, { jobIds, actor, now: this.#clock.now() });
  }
}
