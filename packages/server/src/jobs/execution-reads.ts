import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely';
import type { InstanceSchema, JobExecutionRow } from '../db/instance/schema.ts';
import type { ExecutionStatus, ExecutionTrigger, JobStatus } from './job-status.ts';
import type { JsonObject } from './json-value.ts';

/** Which executions, before paging. */
export interface ExecutionFilter {
  readonly kind?: string | undefined;
  readonly subject?: string | undefined;
  readonly trigger?: ExecutionTrigger | undefined;
  readonly statuses?: readonly ExecutionStatus[] | undefined;
}

export interface ExecutionPage extends ExecutionFilter {
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
  /** Default: newest first. */
  readonly oldestFirst?: boolean;
}

/** An execution, as an API shows it. */
export interface Execution {
  readonly id: number;
  readonly kind: string;
  /** Empty when it is about nothing in particular. */
  readonly subject: string;
  readonly trigger: ExecutionTrigger;
  readonly parameters: JsonObject;
  /** The key of the principal that asked for it. */
  readonly actor: string;
  readonly status: ExecutionStatus;
  /** Why it ended with an error, or what there is to say. */
  readonly message: string | undefined;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** How many of its jobs there are of each status; a status without any is left out. */
  readonly jobCounts: Readonly<Partial<Record<JobStatus, number>>>;
}

export async function listExecutionRows(
  reader: Kysely<InstanceSchema>,
  { page, pageSize, oldestFirst = false, ...filter }: ExecutionPage,
): Promise<readonly Execution[]> {
  const rows = await narrow(reader.selectFrom('job_executions').selectAll(), filter)
    .orderBy('id', oldestFirst ? 'asc' : 'desc')
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .execute();
  return withCounts(reader, rows);
}

export async function countExecutionRows(reader: Kysely<InstanceSchema>, filter: ExecutionFilter): Promise<number> {
  const query = reader.selectFrom('job_executions').select((row) => row.fn.countAll<number>().as('total'));
  const { total } = await narrow(query, filter).executeTakeFirstOrThrow();
  return Number(total);
}

/** @param scope what it must be: an id of another kind or subject is as good as none (invariant 13) */
export async function findExecution(
  reader: Kysely<InstanceSchema>,
  id: number,
  scope: ExecutionFilter,
): Promise<Execution | undefined> {
  const rows = await narrow(reader.selectFrom('job_executions').selectAll(), scope).where('id', '=', id).execute();
  return (await withCounts(reader, rows))[0];
}

type ExecutionQuery<Output> = SelectQueryBuilder<InstanceSchema, 'job_executions', Output>;

function narrow<Output>(query: ExecutionQuery<Output>, filter: ExecutionFilter): ExecutionQuery<Output> {
  const { kind, subject, trigger, statuses } = filter;
  let narrowed = query;
  if (kind !== undefined) narrowed = narrowed.where('kind', '=', kind);
  if (subject !== undefined) narrowed = narrowed.where('subject', '=', subject);
  if (trigger !== undefined) narrowed = narrowed.where('trigger', '=', trigger);
  if (statuses !== undefined) narrowed = narrowed.where('status', 'in', statuses);
  return narrowed;
}

async function withCounts(
  reader: Kysely<InstanceSchema>,
  rows: readonly Selectable<JobExecutionRow>[],
): Promise<readonly Execution[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const counts = await reader
    .selectFrom('jobs')
    .select((row) => ['execution_id', 'status', row.fn.countAll<number>().as('count')])
    .where('execution_id', 'in', ids)
    .groupBy(['execution_id', 'status'])
    .execute();
  return rows.map((row) => {
    const own = counts.filter((count) => count.execution_id === row.id);
    return toExecution(row, Object.fromEntries(own.map(({ status, count }) => [status, Number(count)])));
  });
}

function toExecution(row: Selectable<JobExecutionRow>, jobCounts: Execution['jobCounts']): Execution {
  return {
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    trigger: row.trigger as ExecutionTrigger,
    parameters: JSON.parse(row.parameters),
    actor: row.actor,
    status: row.status as ExecutionStatus,
    message: row.message ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    jobCounts,
  };
}
