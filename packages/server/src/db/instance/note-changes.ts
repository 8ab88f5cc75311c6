import { type Kysely, sql } from 'kysely';
import type { DatabaseCapabilities } from '../../drivers/database/database.ts';
import type { InstanceSchema } from './schema.ts';

/** A change of rows that is noted. */
export interface NotedChange {
  readonly table: string;
  readonly event: 'insert' | 'update' | 'delete';
  /** Of an update: it is noted when one of these is set. */
  readonly columns?: readonly string[];
  /** What has changed for whoever restores it; the table itself unless it is a part of something. */
  readonly source?: string;
  /** The columns that name it. */
  readonly key: readonly string[];
  /** Rows that are not noted, by the key. */
  readonly except?: readonly string[];
}

/** Makes the database note such changes in `row_changes`, in the transaction of the change. */
export async function noteChanges(
  db: Kysely<InstanceSchema>,
  capabilities: DatabaseCapabilities,
  changes: readonly NotedChange[],
): Promise<void> {
  for (const change of changes) {
    for (const statement of capabilities.triggerFunctions ? withFunction(change) : withBody(change)) {
      await sql.raw(statement).execute(db);
    }
  }
}

/** Each change of a table whose rows are named by one column, or by several. */
export function everyChange(table: string, ...key: readonly string[]): readonly NotedChange[] {
  return (['insert', 'update', 'delete'] as const).map((event) => ({ table, event, key }));
}

function withBody(change: NotedChange): readonly string[] {
  return [`create trigger ${nameOf(change)} ${whenOf(change)} begin ${insertOf(change)} end`];
}

function withFunction(change: NotedChange): readonly string[] {
  const name = nameOf(change);
  return [
    `create function ${name}() returns trigger language plpgsql as $$ begin ${insertOf(change)} return null; end $$`,
    `create trigger ${name} ${whenOf(change)} execute function ${name}()`,
  ];
}

function nameOf({ table, event }: NotedChange): string {
  return `note_${table}_${event}`;
}

function whenOf({ table, event, columns, except, key }: NotedChange): string {
  const what = columns === undefined ? event : `${event} of ${columns.join(', ')}`;
  const names = except?.map((name) => `'${name}'`).join(', ');
  const condition = names === undefined ? '' : ` when (${rowOf(event)}.${key[0]} not in (${names}))`;
  return `after ${what} on ${table} for each row${condition}`;
}

function insertOf({ table, event, source = table, key }: NotedChange): string {
  // A part that has moved from one thing to another has changed both.
  const rows = event === 'update' && table !== source ? ['old', 'new'] : [rowOf(event)];
  return rows
    .map((row) => key.map((column) => `cast(${row}.${column} as text)`).join(" || ':' || "))
    .map((value) => `insert into row_changes (source, key) values ('${source}', ${value});`)
    .join(' ');
}

function rowOf(event: NotedChange['event']): string {
  return event === 'delete' ? 'old' : 'new';
}
