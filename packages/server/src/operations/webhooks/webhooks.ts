import { filterRows, pageRows } from '../../db/apply-list-query.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { countExecutionRows, type Execution, findExecution, listExecutionRows } from '../../jobs/execution-reads.ts';
import { countJobRows, findJob, type Job, listJobRows, listLogLines } from '../../jobs/job-reads.ts';
import { renderJobLog } from '../../jobs/render-job-log.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { ListQuery } from '../../kernel/list-query.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { type AskedWebhookPolicy, readWebhookPolicy } from './read-webhook-policy.ts';
import { createWebhookPolicy, deleteWebhookPolicy, updateWebhookPolicy } from './webhook-commands.ts';
import { noSuchWebhookPolicy, placeOfWebhookHeaders, toWebhookPolicy, type WebhookPolicy } from './webhook-policy.ts';

export interface WebhooksDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
  readonly secrets: Pick<Secrets, 'seal' | 'open'>;
}

/** What the deliveries of a policy are called; each has its policy's id as subject. */
export const WEBHOOK = 'webhook';

/** What is shown in the place of a header, and taken back as the one that there is. */
export const HIDDEN_HEADER = '*****';

/** Something that was told. */
export type WebhookExecution = Execution;
/** A delivery. */
export type WebhookTask = Job;

interface Page {
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}

const SECRET_ID_BYTES = 16;
const LOG_LINES = 1_000;
const SHOWN = [
  ...(['id', 'project_id', 'name', 'description', 'targets', 'event_types'] as const),
  ...(['is_enabled', 'creator', 'version', 'created_at', 'updated_at'] as const),
] as const;

/** Whom projects tell of what happens in them. Who may do what is judged by the callers. */
export class Webhooks {
  readonly #deps: WebhooksDeps;

  constructor(deps: WebhooksDeps) {
    this.#deps = deps;
  }

  async list(
    projectId: number,
    query: ListQuery,
  ): Promise<{ readonly policies: readonly WebhookPolicy[]; readonly total: number }> {
    const from = this.#deps.database.reader.selectFrom('webhook_policies').where('project_id', '=', projectId);
    const rows = await pageRows(filterRows(from.select(SHOWN), query.filters), query, NEWEST_FIRST).execute();
    const count = from.select((row) => row.fn.countAll<number>().as('total'));
    const { total } = await filterRows(count, query.filters).executeTakeFirstOrThrow();
    return { policies: rows.map(toWebhookPolicy), total: Number(total) };
  }

  /** By name. */
  async listAll(projectId: number): Promise<readonly WebhookPolicy[]> {
    const from = this.#deps.database.reader.selectFrom('webhook_policies').where('project_id', '=', projectId);
    return (await from.select(SHOWN).orderBy('name').execute()).map(toWebhookPolicy);
  }

  /** @throws ProductError NOT_FOUND, for policies of other projects too */
  async get(projectId: number, id: number): Promise<WebhookPolicy> {
    return toWebhookPolicy(await this.#getRow(projectId, id));
  }

  /** @returns its id @throws ProductError BAD_REQUEST, CONFLICT, PROJECT_NOT_FOUND */
  async create(projectId: number, asked: AskedWebhookPolicy, creator: string, actor: Actor): Promise<number> {
    const { database, clock, ids } = this.#deps;
    const { settings, headers } = readWebhookPolicy(asked);
    if (headers.includes(HIDDEN_HEADER)) throw refuseHidden();
    const secretId = ids.hex(SECRET_ID_BYTES);
    const authHeaders = await this.#seal(secretId, headers);
    const input = { projectId, settings, creator, secretId, authHeaders, actor, now: clock.now() };
    return database.execute(createWebhookPolicy, input);
  }

  /** Puts other settings in the place of those before. @throws ProductError BAD_REQUEST, CONFLICT, NOT_FOUND */
  async update(projectId: number, id: number, asked: AskedWebhookPolicy, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    const row = await this.#getRow(projectId, id);
    const { settings, headers } = readWebhookPolicy(asked);
    const before = toWebhookPolicy(row).targets;
    const known = await this.#open(row);
    const kept = headers.map((header, index) => {
      if (header !== HIDDEN_HEADER) return header;
      const target = settings.targets[index];
      // A header goes to the address that it was given for, checked as it was then, or whoever may change the address could read it.
      const at = before.findIndex(
        (each) => each.address === target?.address && each.hasAuthHeader && (each.isInsecure || !target.isInsecure),
      );
      if (at === -1) throw refuseHidden();
      return known[at] ?? '';
    });
    const authHeaders = await this.#seal(row.secret_id, kept);
    const { version } = row;
    const input = { id, projectId, version, settings, authHeaders, actor, now: clock.now() };
    await database.execute(updateWebhookPolicy, input);
  }

  /** @throws ProductError NOT_FOUND */
  async delete(projectId: number, id: number, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    await database.execute(deleteWebhookPolicy, { projectId, id, actor, now: clock.now() });
  }

  /** @throws ProductError NOT_FOUND */
  async listExecutions(
    projectId: number,
    id: number,
    page: Page & Pick<Parameters<typeof listExecutionRows>[1], 'statuses' | 'oldestFirst'>,
  ) {
    await this.get(projectId, id);
    const { reader } = this.#deps.database;
    const { statuses } = page;
    if (statuses?.length === 0) return { executions: [], total: 0 };
    const executions = await listExecutionRows(reader, { ...scopeOf(id), ...page });
    return { executions, total: await countExecutionRows(reader, { ...scopeOf(id), statuses }) };
  }

  /** @throws ProductError NOT_FOUND */
  async listTasks(projectId: number, id: number, executionId: number, page: Page) {
    await this.#assertExecution(projectId, id, executionId);
    const { reader } = this.#deps.database;
    const tasks = await listJobRows(reader, { executionId, ...page });
    return { tasks, total: await countJobRows(reader, { executionId }) };
  }

  /** What a delivery said, a line each with its instant. @throws ProductError NOT_FOUND */
  async readTaskLog(projectId: number, id: number, executionId: number, taskId: number): Promise<string> {
    await this.#assertExecution(projectId, id, executionId);
    const { reader } = this.#deps.database;
    if ((await findJob(reader, taskId, { executionId })) === undefined) {
      throw new ProductError('NOT_FOUND', `the execution has no task ${taskId}`);
    }
    return renderJobLog((await listLogLines(reader, taskId, { after: 0, pageSize: LOG_LINES })).items);
  }

  async #assertExecution(projectId: number, id: number, executionId: number): Promise<void> {
    await this.get(projectId, id);
    if ((await findExecution(this.#deps.database.reader, executionId, scopeOf(id))) === undefined) {
      throw new ProductError('NOT_FOUND', `the webhook policy has no execution ${executionId}`);
    }
  }

  async #getRow(projectId: number, id: number) {
    const rows = this.#deps.database.reader.selectFrom('webhook_policies').selectAll().where('id', '=', id);
    const row = await rows.where('project_id', '=', projectId).executeTakeFirst();
    if (row === undefined) throw noSuchWebhookPolicy();
    return row;
  }

  async #seal(secretId: string, headers: readonly string[]): Promise<Uint8Array | null> {
    if (headers.every((header) => header === '')) return null;
    return this.#deps.secrets.seal(placeOfWebhookHeaders(secretId), Buffer.from(JSON.stringify(headers)));
  }

  async #open(row: { readonly secret_id: string; readonly auth_headers: Buffer | null }): Promise<readonly string[]> {
    if (row.auth_headers === null) return [];
    const opened = await this.#deps.secrets.open(placeOfWebhookHeaders(row.secret_id), row.auth_headers);
    return JSON.parse(opened.toString('utf8')) as readonly string[];
  }
}

const NEWEST_FIRST = [{ column: 'created_at', descending: true }];

function scopeOf(policyId: number) {
  return { kind: WEBHOOK, subject: String(policyId) };
}

function refuseHidden(): ProductError {
  return new ProductError(
    'BAD_REQUEST',
    `targets: ${HIDDEN_HEADER} stands for the auth_header that was given for the same address: give it again`,
  );
}
