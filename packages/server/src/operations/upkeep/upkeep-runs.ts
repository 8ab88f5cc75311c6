import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import {
  countExecutionRows,
  type Execution,
  type ExecutionFilter,
  findExecution,
  listExecutionRows,
} from '../../jobs/execution-reads.ts';
import { listJobRows, listLogLines } from '../../jobs/job-reads.ts';
import type { JsonValue } from '../../jobs/json-value.ts';
import { renderJobLog } from '../../jobs/render-job-log.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { stopRequestedExecution } from '../executions/request-execution.ts';

/** A run, with what it told when it had ended. */
export type UpkeepRun = Execution & { readonly result: JsonValue | undefined };

export interface UpkeepRunQuery extends Pick<ExecutionFilter, 'statuses' | 'trigger'> {
  readonly oldestFirst?: boolean;
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}

const LOG_LINES = 1_000;

/** The runs of one kind of work that an instance does for itself. */
export class UpkeepRuns {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;
  readonly #kind: string;

  constructor(deps: { readonly database: InstanceDatabase; readonly clock: Clock }, kind: string) {
    this.#database = deps.database;
    this.#clock = deps.clock;
    this.#kind = kind;
  }

  async list(query: UpkeepRunQuery): Promise<{ readonly runs: readonly UpkeepRun[]; readonly total: number }> {
    const { reader } = this.#database;
    const { page, pageSize, oldestFirst = false, ...filter } = query;
    // A state that there is not has no runs; PostgreSQL takes no empty list.
    if (filter.statuses?.length === 0) return { runs: [], total: 0 };
    const scope = { ...filter, kind: this.#kind };
    const executions = await listExecutionRows(reader, { ...scope, page, pageSize, oldestFirst });
    return { runs: await this.#withResults(executions), total: await countExecutionRows(reader, scope) };
  }

  /** @throws ProductError NOT_FOUND, for runs of other kinds too */
  async get(id: number): Promise<UpkeepRun> {
    const execution = await findExecution(this.#database.reader, id, { kind: this.#kind });
    const [run] = await this.#withResults(execution === undefined ? [] : [execution]);
    if (run === undefined) throw new ProductError('NOT_FOUND', `there is no such run: ${id}`);
    return run;
  }

  /** What waits stops at once, what runs as soon as it can. @throws ProductError NOT_FOUND */
  async stop(id: number, actor: Actor): Promise<void> {
    const { id: executionId } = await this.get(id);
    await this.#database.execute(stopRequestedExecution, { executionId, actor, now: this.#clock.now() });
  }

  /** What its first job said, a line each with its instant. @throws ProductError NOT_FOUND */
  async readLog(id: number): Promise<string> {
    const { reader } = this.#database;
    await this.get(id);
    const [job] = await listJobRows(reader, { executionId: id, page: 1, pageSize: 1 });
    if (job === undefined) return '';
    return renderJobLog((await listLogLines(reader, job.id, { after: 0, pageSize: LOG_LINES })).items);
  }

  /** One query for all of them: each run of such work has one job. */
  async #withResults(executions: readonly Execution[]): Promise<readonly UpkeepRun[]> {
    if (executions.length === 0) return [];
    const rows = await this.#database.reader
      .selectFrom('jobs')
      .select(['execution_id', 'result'])
      .where(
        'execution_id',
        'in',
        executions.map(({ id }) => id),
      )
      .execute();
    const results = new Map(rows.map((row) => [row.execution_id, row.result]));
    return executions.map((execution) => {
      const result = results.get(execution.id) ?? null;
      return { ...execution, result: result === null ? undefined : (JSON.parse(result) as JsonValue) };
    });
  }
}
