import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import type { ExecutionTrigger } from './job-status.ts';
import { tryLockExecutions } from './lock-executions.ts';
import { recoverLapsedJobs } from './recover-lapsed-jobs.ts';
import { shareSlots } from './share-slots.ts';

/** A kind that the claimant has a handler for. */
export interface ClaimableKind {
  readonly kind: string;
  /** How many more of it the claimant can run now. */
  readonly limit: number;
}

export interface ClaimJobsInput {
  /** Tells people who holds a job; the token is what counts. */
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
  /** How many in all. */
  readonly limit: number;
  /** In the order in which they are served: whoever was served longest ago comes first. */
  readonly kinds: readonly ClaimableKind[];
  /** Jobs that are not to be claimed: lost ones that a handler of the claimant has not let go of yet. */
  readonly except: readonly number[];
}

export interface ClaimedJob {
  readonly id: number;
  readonly kind: string;
  /** The name of a recurring job. */
  readonly name: string | null;
  readonly execution: ClaimedExecution | null;
  /** JSON. */
  readonly parameters: string;
  /** JSON, of the attempt before. */
  readonly progress: string | null;
  /** From 1 on. */
  readonly attempt: number;
  readonly token: number;
  readonly leaseUntil: number;
}

export interface ClaimedExecution {
  readonly id: number;
  readonly subject: string;
  readonly trigger: ExecutionTrigger;
}

/**
 * Gives due jobs to a worker, those with a lapsed lease included: fair between kinds, within a kind the one first that is
 * due for longest. It never waits for a lock, so it may give fewer than there are while others claim too.
 */
export async function claimJobs(context: InstanceTransaction, input: ClaimJobsInput): Promise<readonly ClaimedJob[]> {
  const kinds = input.kinds.filter(({ limit }) => limit > 0);
  if (kinds.length === 0 || input.limit <= 0) return [];
  await recoverLapsedJobs(
    context,
    kinds.map(({ kind }) => kind),
    input.now,
  );
  const demands = [];
  for (const { kind, limit } of kinds) {
    demands.push({ kind, count: await countDue(context, input, kind, Math.min(limit, input.limit)) });
  }
  const chosen: DueJob[] = [];
  for (const [kind, count] of shareSlots(demands, input.limit)) {
    chosen.push(...(await lockDue(context, input, kind, count)));
  }
  return claim(context, input, chosen);
}

interface DueJob {
  readonly id: number;
  readonly execution_id: number | null;
}

function selectDue({ tx }: InstanceTransaction, { now, except }: ClaimJobsInput, kind: string, limit: number) {
  const query = tx
    .selectFrom('jobs')
    .select(['id', 'execution_id'])
    .where('status', '=', 'pending')
    .where('kind', '=', kind)
    .where('run_after', '<=', now)
    .orderBy('run_after')
    .orderBy('id')
    .limit(limit);
  return except.length === 0 ? query : query.where('id', 'not in', except);
}

async function countDue(
  context: InstanceTransaction,
  input: ClaimJobsInput,
  kind: string,
  limit: number,
): Promise<number> {
  const { count } = await context.tx
    .selectFrom(selectDue(context, input, kind, limit).as('due'))
    .select((row) => row.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function lockDue(
  context: InstanceTransaction,
  input: ClaimJobsInput,
  kind: string,
  limit: number,
): Promise<readonly DueJob[]> {
  const query = selectDue(context, input, kind, limit);
  return (context.capabilities.rowLocks ? query.forUpdate().skipLocked() : query).execute();
}

async function claim(
  context: InstanceTransaction,
  { owner, now, leaseMs }: ClaimJobsInput,
  chosen: readonly DueJob[],
): Promise<readonly ClaimedJob[]> {
  if (chosen.length === 0) return [];
  const executions = await startExecutions(context, chosen, now);
  const claimable = chosen.filter((job) => job.execution_id === null || executions.has(job.execution_id));
  const claimed: ClaimedJob[] = [];
  for (const { id, execution_id: executionId } of claimable) {
    const leaseUntil = now + leaseMs;
    const row = await context.tx
      .updateTable('jobs')
      .set((job) => ({
        status: 'running',
        attempts: job('attempts', '+', 1),
        lease_owner: owner,
        lease_token: job('lease_token', '+', 1),
        lease_until: leaseUntil,
        started_at: now,
        ended_at: null,
      }))
      .where('id', '=', id)
      .returning(['kind', 'name', 'parameters', 'progress', 'attempts', 'lease_token'])
      .executeTakeFirstOrThrow();
    const { attempts: attempt, lease_token: token, ...rest } = row;
    const execution = executionId === null ? null : (executions.get(executionId) ?? null);
    claimed.push({ id, execution, attempt, token, leaseUntil, ...rest });
  }
  return claimed;
}

/** Marks the executions of the jobs as running. @returns those of which jobs may be claimed now */
async function startExecutions(
  context: InstanceTransaction,
  jobs: readonly DueJob[],
  now: number,
): Promise<ReadonlyMap<number, ClaimedExecution>> {
  const ids = [...new Set(jobs.map((job) => job.execution_id).filter((id) => id !== null))];
  if (ids.length === 0) return new Map();
  const rows = await context.tx
    .selectFrom('job_executions')
    .select(['id', 'subject', 'trigger', 'status'])
    .where('id', 'in', ids)
    .execute();
  const waiting = rows.filter((row) => row.status === 'pending').map((row) => row.id);
  const started = await tryLockExecutions(context, waiting);
  if (started.size > 0) {
    await context.tx
      .updateTable('job_executions')
      .set((row) => ({ status: 'running', started_at: row.fn.coalesce('started_at', row.val(now)) }))
      .where('id', 'in', [...started])
      .where('status', '=', 'pending')
      .execute();
  }
  const usable = rows.filter((row) => row.status !== 'pending' || started.has(row.id));
  return new Map(usable.map(({ id, subject, trigger }) => [id, { id, subject, trigger: trigger as ExecutionTrigger }]));
}
