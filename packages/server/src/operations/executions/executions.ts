import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Execution } from '../../jobs/execution-reads.ts';
import type { Job } from '../../jobs/job-reads.ts';
import type { ExecutionStatus } from '../../jobs/job-status.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import { renderJobLog } from '../../jobs/render-job-log.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import {
  type RequestExecutionInput,
  requestExecution,
  retryRequestedJob,
  stopRequestedExecution,
} from './request-execution.ts';

/** Something that somebody, or the time, asked the instance to do. */
export type OperationExecution = Execution;
/** A piece of it. */
export type OperationJob = Job;

export interface ExecutionListQuery {
  readonly kind?: string | undefined;
  readonly status?: ExecutionStatus | undefined;
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}

export interface ExecutionsDeps {
  readonly jobs: Jobs;
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  /** Told that something may be due: wakes a worker. */
  readonly onDue: () => void;
}

const MAX_JOBS = 100;
const LOG_PAGE_SIZE = 1_000;

/** What an instance was asked to do and how far it is, for who looks after it. */
export class Executions {
  readonly #deps: ExecutionsDeps;
  readonly #jobs: Jobs;

  constructor(deps: ExecutionsDeps) {
    this.#deps = deps;
    this.#jobs = deps.jobs;
  }

  /** A worker does it soon. */
  async request(execution: RequestExecutionInput['execution'], actor: Actor): Promise<OperationExecution> {
    const { database, clock, onDue } = this.#deps;
    const { executionId } = await database.execute(requestExecution, { execution, actor, now: clock.now() });
    onDue();
    return this.#jobs.getExecution(executionId);
  }

  /** Newest first. */
  async list(
    query: ExecutionListQuery,
  ): Promise<{ readonly items: readonly OperationExecution[]; readonly total: number }> {
    const { page, pageSize, kind, status } = query;
    const filter = { kind, statuses: status === undefined ? undefined : [status] };
    const total = await this.#jobs.countExecutions(filter);
    return { total, items: await this.#jobs.listExecutions({ ...filter, page, pageSize }) };
  }

  /** With its first 100 jobs. @throws ProductError NOT_FOUND */
  async get(id: number): Promise<{ readonly execution: OperationExecution; readonly jobs: readonly OperationJob[] }> {
    const execution = await this.#jobs.getExecution(id);
    return { execution, jobs: await this.#jobs.listJobs({ executionId: id, page: 1, pageSize: MAX_JOBS }) };
  }

  /** What waits stops at once, what runs as soon as it can. @throws ProductError NOT_FOUND */
  async stop(id: number, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    const { id: executionId } = await this.#jobs.getExecution(id);
    await database.execute(stopRequestedExecution, { executionId, actor, now: clock.now() });
  }

  /** What the job said, a line each with its instant. @throws ProductError NOT_FOUND */
  async readLog(jobId: number): Promise<string> {
    await this.#jobs.getJob(jobId);
    const { items } = await this.#jobs.listLog(jobId, { pageSize: LOG_PAGE_SIZE });
    return renderJobLog(items);
  }

  /** Gives a job that failed for good all its attempts again. @throws ProductError NOT_FOUND, PRECONDITION */
  async retryJob(jobId: number, actor: Actor): Promise<void> {
    const { database, clock, onDue } = this.#deps;
    const { status } = await this.#jobs.getJob(jobId);
    if (!(await database.execute(retryRequestedJob, { jobId, actor, now: clock.now() }))) {
      const message = `Job ${jobId} is not one that failed for good (it was ${status}): there is nothing to retry.`;
      throw new ProductError('PRECONDITION', message);
    }
    onDue();
  }
}
