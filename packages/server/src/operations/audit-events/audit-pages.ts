import { type ExpressionBuilder, type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { isProjectVisible, type Visibility } from '../../content/repositories/visibility.ts';
import { filterRows } from '../../db/apply-list-query.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { containsPattern } from '../../db/like-pattern.ts';
import type { ListFilter, ListQuery } from '../../kernel/list-query.ts';
import { type AuditEntry, ENTRY_COLUMNS, toAuditEntry } from './audit-entry.ts';
import { type AuditEvent, listKindsOf } from './audit-event.ts';

/**
 * A page of the audit log by its number. Columns of filters are `id`, `at`, and what entries are shown with: `operation`,
 * `resource_type`, `username`, `resource`; of orders `id` and `at`.
 */
export interface AuditPageQuery extends ListQuery {
  /** Whose entries: of one project, of those that somebody may read, or all. */
  readonly scope: { readonly projectId: number } | { readonly projects: Visibility } | 'everything';
  /** Default: all. */
  readonly resourceTypes?: readonly string[] | undefined;
}

type Entries<Output> = SelectQueryBuilder<InstanceSchema, 'journal', Output>;
type Condition = RawBuilder<boolean>;

const STORED = ['id', 'at'];

/** Newest first unless it is said otherwise. Ids are found by an index first, so that the entries of a page alone are read. */
export async function pageAuditEntries(
  reader: Kysely<InstanceSchema>,
  query: AuditPageQuery,
): Promise<{ readonly items: readonly AuditEntry[]; readonly total: number }> {
  const entries = narrow(reader, query);
  const { total } = await entries.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const [order = { column: 'at', descending: true }] = query.order;
  const direction = order.descending ? 'desc' : 'asc';
  const ids = entries.select('journal.id');
  const found = await (order.column === 'id' ? ids : ids.orderBy('journal.at', direction))
    .orderBy('journal.id', direction)
    .limit(query.pageSize)
    .offset((query.page - 1) * query.pageSize)
    .execute();
  return { items: await readEntries(reader, found), total: Number(total) };
}

async function readEntries(
  reader: Kysely<InstanceSchema>,
  ids: readonly { readonly id: number }[],
): Promise<readonly AuditEntry[]> {
  if (ids.length === 0) return [];
  const wanted = ids.map(({ id }) => id);
  const rows = await reader.selectFrom('journal').select(ENTRY_COLUMNS).where('id', 'in', wanted).execute();
  const byId = new Map(rows.map((row) => [row.id, toAuditEntry(row)]));
  return wanted.flatMap((id) => byId.get(id) ?? []);
}

function narrow(reader: Kysely<InstanceSchema>, { scope, filters, resourceTypes }: AuditPageQuery): Entries<object> {
  let entries: Entries<object> = reader.selectFrom('journal');
  if (scope !== 'everything' && 'projectId' in scope) entries = entries.where('project_id', '=', scope.projectId);
  if (scope !== 'everything' && 'projects' in scope) {
    const isShown = isProjectVisible(scope.projects);
    entries = entries.where('project_id', 'in', (eb) =>
      eb
        .selectFrom('projects')
        .select('projects.id')
        .where((row) => isShown(row as unknown as ExpressionBuilder<InstanceSchema, 'projects'>)),
    );
  }
  const types = resourceTypes;
  if (types !== undefined) entries = whereEvent(entries, ({ resourceType }) => types.includes(resourceType));
  entries = filterRows(
    entries,
    filters.filter(({ column }) => STORED.includes(column)),
  );
  return filters.filter(({ column }) => !STORED.includes(column)).reduce(whereShown, entries);
}

function whereShown(entries: Entries<object>, filter: ListFilter): Entries<object> {
  const { column } = filter;
  if (column === 'operation') return whereEvent(entries, ({ operation }) => agrees(filter, operation));
  if (column === 'resource_type') return whereEvent(entries, ({ resourceType }) => agrees(filter, resourceType));
  if (filter.kind === 'range') return entries;
  if (filter.kind === 'contains') {
    return entries.where(column === 'username' ? actorContains(filter.text) : resourceContains(filter.text));
  }
  const values = filter.values.map(String);
  const conditions = values.map((value) => (column === 'username' ? actorIs(value) : resourceIs(value)));
  return entries.where(sql<boolean>`(${sql.join(conditions, sql` or `)})`);
}

function whereEvent(entries: Entries<object>, isWanted: (event: AuditEvent) => boolean): Entries<object> {
  const kinds = listKindsOf(isWanted);
  return kinds.length === 0 ? entries.where(sql<boolean>`1 = 0`) : entries.where('kind', 'in', [...kinds]);
}

function agrees(filter: ListFilter, value: string): boolean {
  if (filter.kind === 'any') return filter.values.includes(value);
  if (filter.kind === 'contains') return value.includes(filter.text.toLowerCase());
  return (
    (filter.min === undefined || value >= String(filter.min)) &&
    (filter.max === undefined || value <= String(filter.max))
  );
}

/** Accounts are shown by the name that they have now; everybody else by the key. */
function actorIs(name: string): Condition {
  return sql`(actor in (select 'user:' || users.id from users where users.username = ${name})
    or (actor = ${name} and actor not like 'user:%'))`;
}

function actorContains(text: string): Condition {
  const pattern = containsPattern(text.toLowerCase());
  return sql`(actor in (select 'user:' || users.id from users where lower(users.username) like ${pattern} escape '\\')
    or (lower(actor) like ${pattern} escape '\\' and actor not like 'user:%'))`;
}

/** A writer's own words stand in the details; else it is a repository, with its tag or digest. */
function resourceIs(value: string): Condition {
  const isDigest = value.includes('@');
  const end = isDigest ? value.indexOf('@') : value.lastIndexOf(':');
  const said = detailHas('resource', value);
  if (end < 0) {
    const isPlain = sql<boolean>`detail not like '%"tag":"%' and detail not like '%"digest":"%'`;
    return sql`(${said} or (repository = ${value} and ${isPlain}))`;
  }
  const part = detailHas(isDigest ? 'digest' : 'tag', value.slice(end + 1));
  // An entry that has both is shown by its tag.
  const isShown = isDigest ? sql<boolean>`${part} and detail not like '%"tag":"%'` : part;
  return sql`(${said} or (repository = ${value.slice(0, end)} and ${isShown}))`;
}

function resourceContains(text: string): Condition {
  const pattern = containsPattern(text.toLowerCase());
  const inJson = containsPattern(JSON.stringify(text.toLowerCase()).slice(1, -1));
  return sql`(lower(repository) like ${pattern} escape '\\' or lower(detail) like ${inJson} escape '\\')`;
}

/** In the details, which are JSON as this program writes it. LIKE would not tell capitals apart on one of the engines. */
function detailHas(key: 'resource' | 'digest' | 'tag', value: string): Condition {
  return sql`replace(detail, ${`${JSON.stringify(key)}:${JSON.stringify(value)}`}, '') <> detail`;
}
