import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { countExecutionRows, type Execution, findExecution, listExecutionRows } from '../../jobs/execution-reads.ts';
import { countJobRows, findJob, type Job, listJobRows, listLogLines } from '../../jobs/job-reads.ts';
import { renderJobLog } from '../../jobs/render-job-log.ts';
import { stopExecution } from '../../jobs/stop-execution.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { createRetention, deleteRetention, updateRetention } from './retention-commands.ts';
import {
  type AskedRetention,
  type RetentionPolicy,
  type RetentionSettings,
  readRetention,
} from './retention-policy.ts';

/** What the runs of policies are called; each has its policy's id as subject. */
export const RETENTION = 'retention';

/** A run of a policy. */
export type RetentionExecution = Execution;
/** What a run did in one repository. */
export type RetentionTask = Job;

interface Page {
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}

const LOG_LINES = 1_000;

export interface RetentionsDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
}

/** Which artifacts projects keep: one policy each. Who may do what is judged by the callers. */
export class Retentions {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;

  constructor({ database, clock }: RetentionsDeps) {
    this.#database = database;
    this.#clock = clock;
  }

  async find(id: number): Promise<RetentionPolicy | undefined> {
    const row = await this.#database.reader
      .selectFrom('retention_policies')
      .select(['project_id', 'settings'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return { id, projectId: row.project_id, ...(JSON.parse(row.settings) as RetentionSettings) };
  }

  /** The id of the project's policy. */
  async findIdOf(projectId: number): Promise<number | undefined> {
    const rows = this.#database.reader.selectFrom('retention_policies').select('id');
    return (await rows.where('project_id', '=', projectId).executeTakeFirst())?.id;
  }

  /** @returns the id @throws ProductError BAD_REQUEST (also when the project has one), CONFLICT, PROJECT_NOT_FOUND */
  async create(projectId: number, asked: AskedRetention, actor: Actor): Promise<number> {
    const now = this.#clock.now();
    const settings = readRetention(asked, now);
    return this.#database.execute(createRetention, { projectId, settings, actor, now });
  }

  /** @throws ProductError BAD_REQUEST (also of another project), CONFLICT, NOT_FOUND */
  async update({ id, projectId }: RetentionPolicy, asked: AskedRetention, actor: Actor): Promise<void> {
    const now = this.#clock.now();
    const settings = readRetention(asked, now);
    if (asked.scope?.ref !== projectId) {
      throw new ProductError('BAD_REQUEST', `scope: the policy is of project ${projectId}, and stays there`);
    }
    await this.#database.execute(updateRetention, { id, projectId, settings, actor, now });
  }

  /** @throws ProductError NOT_FOUND */
  async delete({ id, projectId }: RetentionPolicy, actor: Actor): Promise<void> {
    await this.#database.execute(deleteRetention, { id, projectId, actor, now: this.#clock.now() });
  }

  /** @throws ProductError PRECONDITION always: policies are kept, and nothing carries them out yet */
  run({ id }: RetentionPolicy): never {
    throw new ProductError('PRECONDITION', `retention policy ${id} cannot run: tag retention is not there yet`);
  }

  /** Newest first. */
  async listExecutions(
    { id }: RetentionPolicy,
    page: Page,
  ): Promise<{ readonly executions: readonly RetentionExecution[]; readonly total: number }> {
    const { reader } = this.#database;
    const executions = await listExecutionRows(reader, { ...scopeOf(id), ...page });
    return { executions, total: await countExecutionRows(reader, scopeOf(id)) };
  }

  /** @throws ProductError NOT_FOUND */
  async stopExecution(policy: RetentionPolicy, executionId: number): Promise<void> {
    await this.#getExecution(policy, executionId);
    await this.#database.execute(stopExecution, { executionId, now: this.#clock.now() });
  }

  /** @throws ProductError NOT_FOUND */
  async listTasks(
    policy: RetentionPolicy,
    executionId: number,
    page: Page,
  ): Promise<{ readonly tasks: readonly RetentionTask[]; readonly total: number }> {
    await this.#getExecution(policy, executionId);
    const { reader } = this.#database;
    const tasks = await listJobRows(reader, { executionId, ...page });
    return { tasks, total: await countJobRows(reader, { executionId }) };
  }

  /** What a task said, a line each with its instant. @throws ProductError NOT_FOUND */
  async readTaskLog(policy: RetentionPolicy, executionId: number, taskId: number): Promise<string> {
    await this.#getExecution(policy, executionId);
    const { reader } = this.#database;
    const task = await findJob(reader, taskId, { executionId });
    if (task === undefined) throw new ProductError('NOT_FOUND', `the execution has no task ${taskId}`);
    return renderJobLog((await listLogLines(reader, taskId, { after: 0, pageSize: LOG_LINES })).items);
  }

  async #getExecution({ id }: RetentionPolicy, executionId: number): Promise<void> {
    const execution = await findExecution(this.#database.reader, executionId, scopeOf(id));
    if (execution === undefined) {
      throw new ProductError('NOT_FOUND', `retention policy ${id} has no execution ${executionId}`);
    }
  }
}

function scopeOf(policyId: number) {
  return { kind: RETENTION, subject: String(policyId) };
}
