import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import type { Page } from '../kernel/pages.ts';
import { earliestOf, findDueInstants } from './due-instants.ts';
import { type EnqueuedExecution, type EnqueueExecutionInput, enqueueExecution } from './enqueue-execution.ts';
import { type EnsureRecurringJobInput, ensureRecurringJob } from './ensure-recurring-job.ts';
import {
  countExecutionRows,
  type Execution,
  type ExecutionFilter,
  type ExecutionPage,
  findExecution,
  listExecutionRows,
} from './execution-reads.ts';
import {
  countJobRows,
  countQueues,
  findJob,
  type Job,
  type JobFilter,
  type JobLogLine,
  type JobPage,
  listJobRows,
  listLogLines,
  type QueueFigures,
} from './job-reads.ts';
import { listPurgeableExecutions } from './list-purgeable-executions.ts';
import { purgeEndedExecutions } from './purge-ended-executions.ts';
import { retryDeadJob } from './retry-dead-job.ts';
import { createSchedules, type Schedules } from './schedules.ts';
import { stopExecution } from './stop-execution.ts';
import { stopJob } from './stop-job.ts';

/**
 * The work of one instance that no request waits for. An execution is what somebody asked for; it has one job or more, which
 * workers run. Who may ask for what is judged by the callers.
 */
export interface Jobs {
  readonly schedules: Schedules;
  enqueue(input: Omit<EnqueueExecutionInput, 'now'>): Promise<EnqueuedExecution>;
  /** Makes sure of a job that runs again and again, on one worker at a time. */
  ensureRecurring(input: Omit<EnsureRecurringJobInput, 'now'>): Promise<void>;

  listExecutions(query: ExecutionPage): Promise<readonly Execution[]>;
  countExecutions(filter: ExecutionFilter): Promise<number>;
  /** @throws ProductError NOT_FOUND, also for an execution outside the scope. */
  getExecution(id: number, scope?: ExecutionFilter): Promise<Execution>;
  /** Oldest first. */
  listJobs(query: JobPage): Promise<readonly Job[]>;
  countJobs(filter: JobFilter): Promise<number>;
  /** @throws ProductError NOT_FOUND, also for a job outside the scope. */
  getJob(id: number, scope?: JobFilter): Promise<Job>;
  /** What the job said, oldest first; its last 1,000 lines are kept. `renderJobLog` makes text of it. */
  listLog(
    jobId: number,
    query: { readonly after?: number; readonly pageSize: number },
  ): Promise<Page<JobLogLine, number>>;

  /** What waits stops at once, what runs as soon as its handler does. Nothing happens to one that has ended. @throws ProductError NOT_FOUND */
  stopExecution(id: number, scope?: ExecutionFilter): Promise<void>;
  /** Of a recurring job only the present run stops. @throws ProductError NOT_FOUND */
  stopJob(id: number, scope?: JobFilter): Promise<void>;
  /** Gives a job that is dead or ended with an error all its attempts again. @throws ProductError NOT_FOUND, PRECONDITION */
  retryJob(id: number, scope?: JobFilter): Promise<void>;
  /** Removes executions that have ended, with their jobs and logs. @returns how many */
  purge(query: PurgeQuery): Promise<number>;

  /** By kind; kinds without anything waiting, running or dead are left out. */
  queueFigures(): Promise<readonly QueueFigures[]>;
  /**
   * The earliest instant at which this instance has something to do by itself, so that a closed one can be woken then; in
   * the past when something is due, undefined when nothing is planned.
   * @param kinds those that there are handlers for. Default: all
   */
  nextDueAt(kinds?: readonly string[]): Promise<number | undefined>;
}

export interface PurgeQuery {
  readonly kind: string;
  readonly endedBefore: number;
  /** How many of the newest stay of each subject, however old. */
  readonly keepNewest: number;
}

export interface JobsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  /** Told that something may be due sooner than was known: wakes a worker. */
  readonly onDue?: () => void;
}

const PURGE_BATCH = 100;
const PURGE_MAX_JOBS = 50;

export function createJobs(dependencies: JobsDependencies): Jobs {
  return new DatabaseJobs(dependencies);
}

class DatabaseJobs implements Jobs {
  readonly schedules: Schedules;
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;
  readonly #onDue: () => void;

  constructor({ database, clock, onDue = () => undefined }: JobsDependencies) {
    this.#database = database;
    this.#clock = clock;
    this.#onDue = onDue;
    this.schedules = createSchedules({ database, clock, onDue });
  }

  async enqueue(input: Omit<EnqueueExecutionInput, 'now'>): Promise<EnqueuedExecution> {
    const enqueued = await this.#database.execute(enqueueExecution, { ...input, now: this.#clock.now() });
    this.#onDue();
    return enqueued;
  }

  async ensureRecurring(input: Omit<EnsureRecurringJobInput, 'now'>): Promise<void> {
    await this.#database.execute(ensureRecurringJob, { ...input, now: this.#clock.now() });
    this.#onDue();
  }

  listExecutions(query: ExecutionPage): Promise<readonly Execution[]> {
    return listExecutionRows(this.#database.reader, query);
  }

  countExecutions(filter: ExecutionFilter): Promise<number> {
    return countExecutionRows(this.#database.reader, filter);
  }

  async getExecution(id: number, scope: ExecutionFilter = {}): Promise<Execution> {
    return (await findExecution(this.#database.reader, id, scope)) ?? noSuch('execution', id);
  }

  listJobs(query: JobPage): Promise<readonly Job[]> {
    return listJobRows(this.#database.reader, query);
  }

  countJobs(filter: JobFilter): Promise<number> {
    return countJobRows(this.#database.reader, filter);
  }

  async getJob(id: number, scope: JobFilter = {}): Promise<Job> {
    return (await findJob(this.#database.reader, id, scope)) ?? noSuch('job', id);
  }

  listLog(
    jobId: number,
    { after = 0, pageSize }: { readonly after?: number; readonly pageSize: number },
  ): Promise<Page<JobLogLine, number>> {
    return listLogLines(this.#database.reader, jobId, { after, pageSize });
  }

  async stopExecution(id: number, scope: ExecutionFilter = {}): Promise<void> {
    await this.getExecution(id, scope);
    await this.#database.execute(stopExecution, { executionId: id, now: this.#clock.now() });
  }

  async stopJob(id: number, scope: JobFilter = {}): Promise<void> {
    await this.getJob(id, scope);
    await this.#database.execute(stopJob, { jobId: id, now: this.#clock.now() });
  }

  async retryJob(id: number, scope: JobFilter = {}): Promise<void> {
    const { status } = await this.getJob(id, scope);
    if (!(await this.#database.execute(retryDeadJob, { jobId: id, now: this.#clock.now() }))) {
      const message = `Job ${id} is not one that failed for good (it was ${status}): there is nothing to retry.`;
      throw new ProductError('PRECONDITION', message);
    }
    this.#onDue();
  }

  async purge(query: PurgeQuery): Promise<number> {
    let count = 0;
    for (;;) {
      const executionIds = await listPurgeableExecutions(this.#database.reader, query, PURGE_BATCH);
      if (executionIds.length === 0) return count;
      const input = { executionIds, maxJobs: PURGE_MAX_JOBS };
      const { executions, jobs } = await this.#database.execute(purgeEndedExecutions, input);
      count += executions;
      if (executions + jobs === 0) return count;
    }
  }

  queueFigures(): Promise<readonly QueueFigures[]> {
    return countQueues(this.#database.reader, this.#clock.now());
  }

  async nextDueAt(kinds?: readonly string[]): Promise<number | undefined> {
    return earliestOf(await findDueInstants(this.#database.reader, kinds));
  }
}

function noSuch(what: 'execution' | 'job', id: number): never {
  throw new ProductError('NOT_FOUND', `There is no ${what} with the id ${id}.`);
}
