import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { containsPattern } from '../../db/like-pattern.ts';
import type { Account } from './account.ts';

/** A condition on a text that the list shows. */
export interface TextCondition {
  /** `contains` takes upper and lower case alike. */
  readonly kind: 'is' | 'contains';
  readonly text: string;
}

/** Which accounts, before paging. */
export interface AccountFilter {
  readonly id?: number | undefined;
  /** Those with greater ids only. */
  readonly afterId?: number | undefined;
  readonly name?: TextCondition | undefined;
  readonly email?: TextCondition | undefined;
  readonly realName?: TextCondition | undefined;
}

const SORT_COLUMNS = {
  username: 'username',
  email: 'email',
  realname: 'real_name',
  user_id: 'id',
  sysadmin_flag: 'is_administrator',
  creation_time: 'created_at',
  update_time: 'updated_at',
} as const;

export type AccountSortKey = keyof typeof SORT_COLUMNS;
export const ACCOUNT_SORT_KEYS = Object.keys(SORT_COLUMNS) as readonly AccountSortKey[];

export interface AccountOrder {
  readonly key: AccountSortKey;
  readonly descending: boolean;
}

export interface AccountListing extends AccountFilter {
  readonly order: readonly AccountOrder[];
  readonly limit: number;
  readonly offset: number;
}

export async function listAccountRows(
  reader: Kysely<InstanceSchema>,
  listing: AccountListing,
): Promise<readonly Account[]> {
  let query = narrow(selectAccounts(reader), listing);
  for (const { key, descending } of listing.order)
    query = query.orderBy(SORT_COLUMNS[key], descending ? 'desc' : 'asc');
  const rows = await query.orderBy('id').limit(listing.limit).offset(listing.offset).execute();
  return rows.map(toAccount);
}

export async function countAccountRows(reader: Kysely<InstanceSchema>, filter: AccountFilter): Promise<number> {
  const query = reader.selectFrom('users').select((row) => row.fn.countAll<number>().as('total'));
  const { total } = await narrow(query, filter).executeTakeFirstOrThrow();
  return Number(total);
}

/** @param by the account's id, or its name */
export async function findAccountRow(
  reader: Kysely<InstanceSchema>,
  by: number | string,
): Promise<Account | undefined> {
  const query = selectAccounts(reader);
  const row = await (typeof by === 'number'
    ? query.where('id', '=', by)
    : query.where('username', '=', by)
  ).executeTakeFirst();
  return row === undefined ? undefined : toAccount(row);
}

interface SelectedAccount {
  readonly id: number;
  readonly username: string;
  readonly email: string | null;
  readonly real_name: string;
  readonly comment: string;
  readonly is_administrator: number;
  readonly disabled_at: number | null;
  readonly must_change_password: number;
  readonly created_at: number;
  readonly updated_at: number;
}

type AccountQuery<Output> = SelectQueryBuilder<InstanceSchema, 'users', Output>;

function selectAccounts(reader: Kysely<InstanceSchema>): AccountQuery<SelectedAccount> {
  return reader
    .selectFrom('users')
    .select(['id', 'username', 'email', 'real_name', 'comment', 'is_administrator'])
    .select(['disabled_at', 'must_change_password', 'created_at', 'updated_at']);
}

function narrow<Output>(query: AccountQuery<Output>, filter: AccountFilter): AccountQuery<Output> {
  const { id, afterId, name, email, realName } = filter;
  let narrowed = query;
  if (id !== undefined) narrowed = narrowed.where('id', '=', id);
  if (afterId !== undefined) narrowed = narrowed.where('id', '>', afterId);
  for (const [column, condition] of [
    ['username', name],
    ['email', email],
    ['real_name', realName],
  ] as const) {
    if (condition === undefined) continue;
    if (condition.kind === 'is') {
      narrowed = narrowed.where(column, '=', condition.text);
    } else {
      const pattern = containsPattern(condition.text);
      narrowed = narrowed.where(sql<boolean>`lower(${sql.ref(column)}) like lower(${pattern}) escape '\\'`);
    }
  }
  return narrowed;
}

function toAccount(row: SelectedAccount): Account {
  return {
    id: row.id,
    name: row.username,
    email: row.email ?? '',
    realName: row.real_name,
    comment: row.comment,
    isAdministrator: row.is_administrator !== 0,
    disabledAt: row.disabled_at,
    mustChangePassword: row.must_change_password !== 0,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
