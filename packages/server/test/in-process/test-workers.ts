import type { InstanceDatabase } from '../../src/db/instance/instance-database.ts';
import type { JobHandler, JobOutcome, RunningJob } from '../../src/jobs/job-handler.ts';
import { createJobWorker, type JobWorker, type JobWorkerDependencies } from '../../src/jobs/job-worker.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { systemIds } from '../../src/kernel/ids.ts';
import type { SharedTestDatabase } from './shared-test-database.ts';

/** Workers on a real database and the real clock. */
export interface TestWorkers extends Pick<SharedTestDatabase, 'database' | 'openAgain'> {
  readonly jobs: Jobs;
  /** What workers reported, in whatever order. */
  readonly errors: readonly unknown[];
  start(handlers: readonly JobHandler[], options?: Partial<JobWorkerDependencies>): JobWorker;
  logOf(jobId: number): Promise<readonly string[]>;
  /** At the end of a test. */
  stopAll(): Promise<void>;
}

export function createTestWorkers({ database, openAgain }: SharedTestDatabase): TestWorkers {
  const errors: unknown[] = [];
  const workers: JobWorker[] = [];
  const wakeAll = () => {
    for (const worker of workers) worker.wake();
  };
  const jobs = createJobs({ database, clock: systemClock, onDue: wakeAll });
  return {
    database,
    openAgain,
    jobs,
    errors,
    start(handlers, options = {}) {
      const worker = createJobWorker({
        database,
        clock: systemClock,
        ids: systemIds,
        handlers,
        owner: `worker-${workers.length + 1}`,
        concurrency: 4,
        pollMs: 50,
        onError: (error) => errors.push(error),
        ...options,
      });
      workers.push(worker);
      worker.start();
      return worker;
    },
    async logOf(jobId) {
      return (await jobs.listLog(jobId, { pageSize: 1_000 })).items.map((line) => line.text);
    },
    async stopAll() {
      await Promise.all(workers.map((worker) => worker.stop(0)));
    },
  };
}

/** A handler of one kind; retries come fast. */
export function handlerOf(
  kind: string,
  run: (job: RunningJob) => Promise<JobOutcome>,
  options: Partial<JobHandler> = {},
): JobHandler {
  return { kind, maxConcurrent: 10, retry: { firstDelayMs: 5, maxDelayMs: 20 }, run, ...options };
}

/** The database of a process that can do anything but the commands named. */
export function withoutCommands(database: InstanceDatabase, names: readonly string[]): InstanceDatabase {
  return {
    ...database,
    execute: (command, input) =>
      names.includes(command.name)
        ? Promise.reject(new Error(`${command.name} does not get through`))
        : database.execute(command, input),
  };
}

/** Resolves when the signal is aborted, to its reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}
