import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { containsPattern } from '../../db/like-pattern.ts';
import type { Account, FactorKind } from './account.ts';

/** A condition on a text that the list shows. */
export type TextCondition =
  /** `contains` takes upper and lower case alike. */
  | { readonly kind: 'is' | 'contains'; readonly text: string }
  | { readonly kind: 'is-any'; readonly texts: readonly string[] };

/** Which accounts, before paging. */
export interface AccountFilter {
  readonly id?: number | undefined;
  /** Those with greater ids only. */
  readonly afterId?: number | undefined;
  readonly name?: TextCondition | undefined;
  readonly email?: TextCondition | undefined;
  readonly realName?: TextCondition | undefined;
  /** Those that have it; `none`: those that have no second factor. */
  readonly secondFactor?: FactorKind | 'none' | undefined;
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
  readonly has_totp: number;
  readonly has_passkey: number;
  readonly created_at: number;
  readonly updated_at: number;
}

const HAS_TOTP = sql<boolean>`exists (select 1 from totp_factors where totp_factors.user_id = users.id and confirmed_at is not null)`;
const HAS_PASSKEY = sql<boolean>`exists (select 1 from passkeys where passkeys.user_id = users.id)`;
const flag = (condition: RawBuilder<boolean>) => sql<number>`case when ${condition} then 1 else 0 end`;

type AccountQuery<Output> = SelectQueryBuilder<InstanceSchema, 'users', Output>;

function selectAccounts(reader: Kysely<InstanceSchema>): AccountQuery<SelectedAccount> {
  return reader
    .selectFrom('users')
    .select(['id', 'username', 'email', 'real_name', 'comment', 'is_administrator'])
    .select(['disabled_at', 'must_change_password', 'created_at', 'updated_at'])
    .select([flag(HAS_TOTP).as('has_totp'), flag(HAS_PASSKEY).as('has_passkey')]);
}

function narrow<Output>(query: AccountQuery<Output>, filter: AccountFilter): AccountQuery<Output> {
  const { id, afterId, name, email, realName, secondFactor } = filter;
  let narrowed = query;
  if (id !== undefined) narrowed = narrowed.where('id', '=', id);
  if (afterId !== undefined) narrowed = narrowed.where('id', '>', afterId);
  if (secondFactor === 'none') narrowed = narrowed.where('has_second_factor', '=', 0);
  if (secondFactor === 'totp') narrowed = narrowed.where(HAS_TOTP);
  if (secondFactor === 'passkey') narrowed = narrowed.where(HAS_PASSKEY);
  for (const [column, condition] of [
    ['username', name],
    ['email', email],
    ['real_name', realName],
  ] as const) {
    if (condition === undefined) continue;
    if (condition.kind === 'is') {
      narrowed = narrowed.where(column, '=', condition.text);
    } else if (condition.kind === 'is-any') {
      narrowed = narrowed.where(column, 'in', condition.texts);
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
    secondFactors: [
      ...(row.has_totp === 0 ? [] : ['totp' as const]),
      ...(row.has_passkey === 0 ? [] : ['passkey' as const]),
    ],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
