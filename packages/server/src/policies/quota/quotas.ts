import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { type QuotaDefaults, readQuotaDefaults } from '../../projects/quota-defaults.ts';
import { setStorageLimit } from './quota-commands.ts';
import { countUsedStorage, selectUsedStorage } from './used-storage.ts';

/** How much a project holds, and how much it may hold. */
export interface Quota {
  readonly projectId: number;
  readonly projectName: string;
  /** Undefined when the owner is gone, or was never a user. */
  readonly ownerName: string | undefined;
  /** Bytes; -1: as many as it likes. */
  readonly limitBytes: number;
  readonly usedBytes: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const QUOTA_SORT_KEYS = ['hard.storage', 'used.storage', 'creation_time', 'update_time'] as const;
export type QuotaSortKey = (typeof QUOTA_SORT_KEYS)[number];

export interface QuotaPageQuery {
  readonly projectId?: number | undefined;
  /** Default: the newest project first. */
  readonly order?: readonly { readonly key: QuotaSortKey; readonly descending: boolean }[] | undefined;
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}

const MAX_STORAGE_BYTES = Number.MAX_SAFE_INTEGER;

export interface QuotasDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
}

/** How much projects may hold. Each project has one of these, whose id is its own. Who may do what is judged by the callers. */
export class Quotas {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;

  constructor({ database, clock }: QuotasDeps) {
    this.#database = database;
    this.#clock = clock;
  }

  async list(query: QuotaPageQuery): Promise<{ readonly quotas: readonly Quota[]; readonly total: number }> {
    const { page, pageSize, order = [], projectId } = query;
    let counted = this.#database.reader.selectFrom('projects').select((row) => row.fn.countAll<number>().as('total'));
    let rows = this.#select(projectId === undefined ? undefined : [projectId]);
    if (projectId !== undefined) {
      counted = counted.where('id', '=', projectId);
      rows = rows.where('projects.id', '=', projectId);
    }
    for (const { key, descending } of order) rows = rows.orderBy(COLUMN_OF[key], descending ? 'desc' : 'asc');
    const { total } = await counted.executeTakeFirstOrThrow();
    const found = await rows
      .orderBy('projects.id', 'desc')
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .execute();
    return { quotas: found.map(toQuota), total: Number(total) };
  }

  /** @throws ProductError NOT_FOUND */
  async get(projectId: number): Promise<Quota> {
    const row = await this.#select([projectId]).where('projects.id', '=', projectId).executeTakeFirst();
    if (row === undefined) throw noSuchQuota();
    return toQuota(row);
  }

  /** What all projects hold, in bytes: what several hold counts for each of them, as in their quotas. */
  async countAllUsed(): Promise<number> {
    const { reader } = this.#database;
    const row = await reader
      .selectFrom(selectUsedStorage(reader).as('used'))
      .select(({ eb, fn }) => eb.cast<number>(fn.coalesce(fn.sum('bytes'), eb.lit(0)), 'bigint').as('bytes'))
      .executeTakeFirst();
    return Number(row?.bytes ?? 0);
  }

  /** What the project holds, in bytes, of which there is one formula. */
  used(projectId: number): Promise<number> {
    return countUsedStorage(this.#database.reader, projectId);
  }

  /**
   * @param storageBytes -1: as many as it likes
   * @throws ProductError BAD_REQUEST, NOT_FOUND
   */
  async setStorageLimit(projectId: number, storageBytes: number, actor: Actor): Promise<void> {
    assertStorageLimit(storageBytes);
    const input = { projectId, storageBytes, actor, now: this.#clock.now() };
    if (!(await this.#database.execute(setStorageLimit, input))) throw noSuchQuota();
  }

  defaults(): Promise<QuotaDefaults> {
    return readQuotaDefaults(this.#database.reader);
  }

  #select(projectIds: readonly number[] | undefined) {
    const { reader } = this.#database;
    return reader
      .selectFrom('projects')
      .leftJoin('users', 'users.id', 'projects.owner_id')
      .leftJoin('project_quotas', 'project_quotas.project_id', 'projects.id')
      .leftJoin(selectUsedStorage(reader, projectIds).as('used'), 'used.project_id', 'projects.id')
      .select(['projects.id', 'projects.name', 'users.username', 'projects.created_at'])
      .select(({ fn, eb, ref }) => [
        fn.coalesce('project_quotas.storage_bytes', eb.cast<number>(eb.val(-1), 'bigint')).as('limit_bytes'),
        fn.coalesce('used.bytes', eb.cast<number>(eb.val(0), 'bigint')).as('used_bytes'),
        fn.coalesce(ref('project_quotas.updated_at'), ref('projects.created_at')).as('quota_updated_at'),
      ]);
  }
}

const COLUMN_OF = {
  'hard.storage': 'limit_bytes',
  'used.storage': 'used_bytes',
  creation_time: 'projects.created_at',
  update_time: 'quota_updated_at',
} as const satisfies Readonly<Record<QuotaSortKey, string>>;

/** @throws ProductError BAD_REQUEST */
export function assertStorageLimit(bytes: number): void {
  if (bytes === -1 || (Number.isInteger(bytes) && bytes > 0 && bytes <= MAX_STORAGE_BYTES)) return;
  throw new ProductError('BAD_REQUEST', 'a limit of storage is a whole number of bytes above 0, or -1 for none');
}

function noSuchQuota(): ProductError {
  return new ProductError('NOT_FOUND', 'there is no such quota');
}

interface QuotaRow {
  readonly id: number;
  readonly name: string;
  readonly username: string | null;
  readonly created_at: number;
  readonly limit_bytes: number | null;
  readonly used_bytes: number | null;
  readonly quota_updated_at: number | null;
}

function toQuota(row: QuotaRow): Quota {
  return {
    projectId: row.id,
    projectName: row.name,
    ownerName: row.username ?? undefined,
    limitBytes: Number(row.limit_bytes ?? -1),
    usedBytes: Number(row.used_bytes ?? 0),
    createdAt: row.created_at,
    updatedAt: row.quota_updated_at ?? row.created_at,
  };
}
