import { filterRows, pageRows } from '../../db/apply-list-query.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { countExecutionRows, type Execution, findExecution, listExecutionRows } from '../../jobs/execution-reads.ts';
import { countJobRows, findJob, type Job, listJobRows, listLogLines } from '../../jobs/job-reads.ts';
import type { ExecutionStatus, ExecutionTrigger, JobStatus } from '../../jobs/job-status.ts';
import { renderJobLog } from '../../jobs/render-job-log.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { ListQuery } from '../../kernel/list-query.ts';
import { stopRequestedExecution } from '../executions/request-execution.ts';
import { checkReplicationPolicy } from './check-replication-policy.ts';
import {
  noSuchReplicationPolicy,
  type ReplicationPolicy,
  toReplicationPolicy,
  type WantedReplicationPolicy,
} from './replication-policy.ts';
import {
  createReplicationPolicy,
  deleteReplicationPolicy,
  REPLICATION,
  updateReplicationPolicy,
} from './replication-policy-commands.ts';

/** A run of a policy: its subject is the policy's id. */
export type ReplicationExecution = Execution;
/** One copy of a run. */
export type ReplicationTask = Job;

export interface ReplicationExecutionQuery {
  readonly policyId?: number | undefined;
  readonly statuses?: readonly ExecutionStatus[] | undefined;
  readonly trigger?: ExecutionTrigger | undefined;
  readonly oldestFirst?: boolean;
  readonly page: number;
  readonly pageSize: number;
}

const LOG_LINES = 1_000;

/** The rules by which content is copied between registries, and their runs. */
export class Replication {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;

  constructor({ database, clock }: { readonly database: InstanceDatabase; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  async list(query: ListQuery): Promise<{ readonly policies: readonly ReplicationPolicy[]; readonly total: number }> {
    const from = this.#database.reader.selectFrom('replication_policies');
    const rows = await pageRows(filterRows(from.selectAll(), query.filters), query, NEWEST_FIRST).execute();
    const count = from.select((row) => row.fn.countAll<number>().as('total'));
    const { total } = await filterRows(count, query.filters).executeTakeFirstOrThrow();
    return { policies: rows.map(toReplicationPolicy), total: Number(total) };
  }

  /** @throws ProductError NOT_FOUND */
  async get(id: number): Promise<ReplicationPolicy> {
    const from = this.#database.reader.selectFrom('replication_policies').selectAll();
    const row = await from.where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw noSuchReplicationPolicy(id);
    return toReplicationPolicy(row);
  }

  /** @returns its id @throws ProductError BAD_REQUEST, CONFLICT */
  async create(policy: WantedReplicationPolicy, actor: Actor): Promise<number> {
    const now = this.#clock.now();
    checkReplicationPolicy(policy, now);
    return this.#database.execute(createReplicationPolicy, { policy, actor, now });
  }

  /** @throws ProductError NOT_FOUND, BAD_REQUEST, CONFLICT */
  async update(id: number, policy: WantedReplicationPolicy, actor: Actor): Promise<void> {
    await this.get(id);
    const now = this.#clock.now();
    checkReplicationPolicy(policy, now);
    await this.#database.execute(updateReplicationPolicy, { id, policy, actor, now });
  }

  /** @throws ProductError NOT_FOUND, PRECONDITION */
  async delete(id: number, actor: Actor): Promise<void> {
    await this.#database.execute(deleteReplicationPolicy, { id, actor, now: this.#clock.now() });
  }

  /** @throws ProductError NOT_FOUND, and PRECONDITION always: policies are kept, and nothing copies yet */
  async run(policyId: number): Promise<never> {
    const { name, isEnabled } = await this.get(policyId);
    if (!isEnabled) throw new ProductError('PRECONDITION', `replication policy ${name} is disabled: enable it first`);
    throw new ProductError('PRECONDITION', `replication policy ${name} cannot run: replication is not there yet`);
  }

  async listExecutions(
    query: ReplicationExecutionQuery,
  ): Promise<{ readonly executions: readonly ReplicationExecution[]; readonly total: number }> {
    const { policyId, page, pageSize, oldestFirst = false, ...filter } = query;
    const scope = { ...filter, kind: REPLICATION, subject: policyId === undefined ? undefined : String(policyId) };
    const { reader } = this.#database;
    const executions = await listExecutionRows(reader, { ...scope, page, pageSize, oldestFirst });
    return { executions, total: await countExecutionRows(reader, scope) };
  }

  /** @throws ProductError NOT_FOUND */
  async getExecution(id: number): Promise<ReplicationExecution> {
    const execution = await findExecution(this.#database.reader, id, { kind: REPLICATION });
    if (execution === undefined) throw new ProductError('NOT_FOUND', `replication execution ${id} not found`);
    return execution;
  }

  /** @throws ProductError NOT_FOUND */
  async stopExecution(id: number, actor: Actor): Promise<void> {
    const { id: executionId } = await this.getExecution(id);
    await this.#database.execute(stopRequestedExecution, { executionId, actor, now: this.#clock.now() });
  }

  /** @throws ProductError NOT_FOUND */
  async listTasks(
    executionId: number,
    query: { readonly statuses?: readonly JobStatus[] | undefined; readonly page: number; readonly pageSize: number },
  ): Promise<{ readonly tasks: readonly ReplicationTask[]; readonly total: number }> {
    await this.getExecution(executionId);
    const { reader } = this.#database;
    const { statuses } = query;
    const tasks = await listJobRows(reader, { executionId, ...query });
    return { tasks, total: await countJobRows(reader, { executionId, statuses }) };
  }

  /** What a task said, a line each with its instant. @throws ProductError NOT_FOUND */
  async readTaskLog(executionId: number, taskId: number): Promise<string> {
    await this.getExecution(executionId);
    const { reader } = this.#database;
    const task = await findJob(reader, taskId, { executionId });
    if (task === undefined) throw new ProductError('NOT_FOUND', `replication task ${taskId} not found`);
    return renderJobLog((await listLogLines(reader, taskId, { after: 0, pageSize: LOG_LINES })).items);
  }
}

const NEWEST_FIRST = [{ column: 'created_at', descending: true }];
