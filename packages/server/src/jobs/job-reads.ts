import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely';
import type { InstanceSchema, JobRow } from '../db/instance/schema.ts';
import { type Page, pageOf } from '../kernel/pages.ts';
import type { JobStatus } from './job-status.ts';
import type { JsonObject, JsonValue } from './json-value.ts';

/** Which jobs, before paging. */
export interface JobFilter {
  readonly executionId?: number | undefined;
  readonly kind?: string | undefined;
  readonly statuses?: readonly JobStatus[] | undefined;
  /** Only recurring ones, or none of them. */
  readonly isRecurring?: boolean | undefined;
}

export interface JobPage extends JobFilter {
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}

/** A job, as an API shows it. */
export interface Job {
  readonly id: number;
  readonly executionId: number | undefined;
  /** The name of a recurring job. */
  readonly name: string | undefined;
  readonly repeatEveryMs: number | undefined;
  readonly kind: string;
  readonly parameters: JsonObject;
  /** A pending job with a `runAfter` to come is what Harbor calls Scheduled. */
  readonly status: JobStatus;
  readonly attempts: number;
  readonly maxAttempts: number;
  /** How often it was started in all. */
  readonly runCount: number;
  readonly runAfter: number;
  /** The worker that runs it. */
  readonly owner: string | undefined;
  readonly isStopRequested: boolean;
  readonly progress: JsonValue | undefined;
  readonly result: JsonValue | undefined;
  readonly error: string | undefined;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

export interface JobLogLine {
  readonly line: number;
  readonly at: number;
  readonly text: string;
}

/** What waits and runs of one kind. */
export interface QueueFigures {
  readonly kind: string;
  /** Due now. */
  readonly pending: number;
  /** Not due yet: retries, and what is to run later. */
  readonly scheduled: number;
  readonly running: number;
  readonly dead: number;
  /** For how long the oldest of the pending ones has been due; 0 when there is none. */
  readonly oldestAgeMs: number;
}

export async function listJobRows(
  reader: Kysely<InstanceSchema>,
  { page, pageSize, ...filter }: JobPage,
): Promise<readonly Job[]> {
  const rows = await narrow(reader.selectFrom('jobs').selectAll(), filter)
    .orderBy('id')
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .execute();
  return rows.map(toJob);
}

export async function countJobRows(reader: Kysely<InstanceSchema>, filter: JobFilter): Promise<number> {
  const query = reader.selectFrom('jobs').select((row) => row.fn.countAll<number>().as('total'));
  const { total } = await narrow(query, filter).executeTakeFirstOrThrow();
  return Number(total);
}

/** @param scope what it must be: an id of another execution is as good as none (invariant 13) */
export async function findJob(reader: Kysely<InstanceSchema>, id: number, scope: JobFilter): Promise<Job | undefined> {
  const row = await narrow(reader.selectFrom('jobs').selectAll(), scope).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toJob(row);
}

/** @param after the number of the last line that is known already */
export async function listLogLines(
  reader: Kysely<InstanceSchema>,
  jobId: number,
  { after, pageSize }: { readonly after: number; readonly pageSize: number },
): Promise<Page<JobLogLine, number>> {
  const rows = await reader
    .selectFrom('job_log')
    .select(['line', 'at', 'text'])
    .where('job_id', '=', jobId)
    .where('line', '>', after)
    .orderBy('line')
    .limit(pageSize + 1)
    .execute();
  return pageOf(rows, pageSize, (row) => row.line);
}

export async function countQueues(reader: Kysely<InstanceSchema>, now: number): Promise<readonly QueueFigures[]> {
  const rows = await reader
    .selectFrom('jobs')
    .select((row) => [
      'kind',
      'status',
      row.fn.countAll<number>().as('count'),
      row.fn.min('run_after').as('oldest'),
      row.fn.sum<number>(row.case().when('run_after', '<=', now).then(1).else(0).end()).as('due'),
    ])
    .where('status', 'in', ['pending', 'running', 'dead'])
    .groupBy(['kind', 'status'])
    .orderBy('kind')
    .execute();
  return [...new Set(rows.map((row) => row.kind))].map((kind) => {
    const [pending, running, dead] = (['pending', 'running', 'dead'] as const).map((status) =>
      rows.find((row) => row.kind === kind && row.status === status),
    );
    const due = Number(pending?.due ?? 0);
    return {
      kind,
      pending: due,
      scheduled: Number(pending?.count ?? 0) - due,
      running: Number(running?.count ?? 0),
      dead: Number(dead?.count ?? 0),
      oldestAgeMs: pending === undefined ? 0 : Math.max(0, now - pending.oldest),
    };
  });
}

type JobQuery<Output> = SelectQueryBuilder<InstanceSchema, 'jobs', Output>;

function narrow<Output>(query: JobQuery<Output>, filter: JobFilter): JobQuery<Output> {
  const { executionId, kind, statuses, isRecurring } = filter;
  let narrowed = query;
  if (executionId !== undefined) narrowed = narrowed.where('execution_id', '=', executionId);
  if (kind !== undefined) narrowed = narrowed.where('kind', '=', kind);
  if (statuses !== undefined) narrowed = narrowed.where('status', 'in', statuses);
  if (isRecurring !== undefined) narrowed = narrowed.where('name', isRecurring ? 'is not' : 'is', null);
  return narrowed;
}

function toJob(row: Selectable<JobRow>): Job {
  return {
    id: row.id,
    executionId: row.execution_id ?? undefined,
    name: row.name ?? undefined,
    repeatEveryMs: row.repeat_every_ms ?? undefined,
    kind: row.kind,
    parameters: JSON.parse(row.parameters),
    status: row.status as JobStatus,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    runCount: row.lease_token,
    runAfter: row.run_after,
    owner: row.lease_owner ?? undefined,
    isStopRequested: row.stop_requested === 1,
    progress: row.progress === null ? undefined : JSON.parse(row.progress),
    result: row.result === null ? undefined : JSON.parse(row.result),
    error: row.error ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
  };
}
