import type { InstanceDatabase } from '../../src/db/instance/instance-database.ts';
import { type ClaimedJob, type ClaimJobsInput, claimJobs } from '../../src/jobs/claim-jobs.ts';
import type { AttemptEnd } from '../../src/jobs/end-attempt.ts';
import { type FinishedJob, finishJob } from '../../src/jobs/finish-job.ts';
import type { JobFence } from '../../src/jobs/job-fence.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import type { JsonObject } from '../../src/jobs/json-value.ts';
import { openSharedTestDatabase, type SharedTestDatabase } from './shared-test-database.ts';
import type { Engine } from './test-database.ts';
import { createManualClock, type ManualClock } from './test-identity.ts';

export const LEASE_MS = 30_000;
const PLENTY = 1_000;

/** A database for the tests of a file about jobs. */
export function openJobsDatabase(engine: Engine): Promise<SharedTestDatabase> {
  return openSharedTestDatabase(engine, ['job_log', 'jobs', 'job_executions', 'job_schedules', 'settings']);
}

/** The job system on a real database, driven by hand: workers are whoever calls. */
export interface TestJobs extends Pick<SharedTestDatabase, 'database' | 'openAgain'> {
  readonly jobs: Jobs;
  readonly clock: ManualClock;
  /** One execution of one job per set of parameters. @returns the ids of the jobs */
  enqueue(kind: string, parameters: readonly JsonObject[], maxAttempts?: number): Promise<readonly number[]>;
  /** Claims on behalf of `owner` what there is of the kinds, or what the input limits it to. */
  claim(owner: string, kinds: readonly string[], input?: Partial<ClaimJobsInput>): Promise<readonly ClaimedJob[]>;
  claimOne(owner: string, kind: string): Promise<ClaimedJob>;
  finish(job: ClaimedJob, end: AttemptEnd, result?: string): Promise<FinishedJob>;
  logOf(jobId: number): Promise<readonly string[]>;
}

export function createTestJobs({ database, openAgain }: SharedTestDatabase): TestJobs {
  const clock = createManualClock();
  const jobs = createJobs({ database, clock });
  const claim: TestJobs['claim'] = (owner, kinds, input = {}) =>
    database.execute(claimJobs, {
      owner,
      now: clock.now(),
      leaseMs: LEASE_MS,
      limit: PLENTY,
      kinds: kinds.map((kind) => ({ kind, limit: PLENTY })),
      except: [],
      ...input,
    });
  return {
    database,
    openAgain,
    jobs,
    clock,
    claim,
    async enqueue(kind, parameters, maxAttempts = 3) {
      const made = parameters.map((each) => ({ parameters: each, maxAttempts }));
      return (await enqueueFor(jobs, kind, made)).jobIds;
    },
    async claimOne(owner, kind) {
      const [job] = await claim(owner, [kind], { limit: 1 });
      if (job === undefined) throw new Error(`no job of the kind ${kind} is due`);
      return job;
    },
    finish: (job, end, result) =>
      database.execute(finishJob, { fence: fenceOf(job), now: clock.now(), end, result, log: [] }),
    async logOf(jobId) {
      return (await jobs.listLog(jobId, { pageSize: PLENTY })).items.map((line) => line.text);
    },
  };
}

/** An execution of these jobs that a test asked for. */
export function enqueueFor(jobs: Jobs, kind: string, made: Parameters<Jobs['enqueue']>[0]['jobs']) {
  return jobs.enqueue({ kind, trigger: 'manual', parameters: {}, actor: 'user:1', jobs: made });
}

export function fenceOf(job: ClaimedJob): JobFence {
  return { jobId: job.id, token: job.token };
}

/** The settings that fenced commands wrote, by name. */
export async function listSettings(database: InstanceDatabase): Promise<readonly string[]> {
  const rows = await database.reader.selectFrom('settings').select(['name', 'value']).orderBy('name').execute();
  return rows.map(({ name, value }) => `${name}=${value}`);
}
