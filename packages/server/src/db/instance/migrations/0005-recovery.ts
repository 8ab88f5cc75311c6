import { type Kysely, sql } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import type { InstanceSchema } from '../schema.ts';

/** A change of rows that is noted. */
interface NotedChange {
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

/** State of work in the background, which begins anew. */
const HOUSEKEEPING = ['collection', 'scrub', 'recovery'];

const NOTED: readonly NotedChange[] = [
  ...all('settings', 'name').map((change) => ({ ...change, except: HOUSEKEEPING })),
  ...all('users', 'id'),
  ...all('signing_keys', 'id'),
  ...all('projects', 'id'),
  ...all('repositories', 'id'),
  // A blob is there when it has a digest.
  { table: 'blobs', event: 'update', columns: ['size', 'storage_key', 'encoding', 'key_id', 'lost_at'], key: ['id'] },
  { table: 'blob_digests', event: 'insert', source: 'blobs', key: ['blob_id'] },
  { table: 'blob_digests', event: 'update', source: 'blobs', key: ['blob_id'] },
  { table: 'blob_digests', event: 'delete', source: 'blobs', key: ['blob_id'] },
  { table: 'repository_blobs', event: 'insert', key: ['repository_id', 'blob_id'] },
  { table: 'repository_blobs', event: 'delete', key: ['repository_id', 'blob_id'] },
  { table: 'manifests', event: 'insert', key: ['id'] },
  { table: 'manifests', event: 'delete', key: ['id'] },
  // Descriptors come and go with their manifest.
  { table: 'manifest_descriptors', event: 'update', source: 'manifests', key: ['manifest_id'] },
  ...all('tags', 'id'),
  ...all('tag_history', 'id'),
  ...all('trashed_manifests', 'id'),
  ...all('job_schedules', 'id'),
  ...all('journal', 'id'),
];

/**
 * Every change of what a lost database is restored from is noted in the transaction of the change, by the database itself: no
 * command can forget it, nor one of a previous version that writes beside this one.
 */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('row_changes')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('source', type.name, (column) => column.notNull())
    .addColumn('key', type.name, (column) => column.notNull())
    .execute();
  for (const change of NOTED) {
    for (const statement of capabilities.triggerFunctions ? withFunction(change) : withBody(change)) {
      await sql.raw(statement).execute(db);
    }
  }
}

function all(table: string, key: string): readonly NotedChange[] {
  return (['insert', 'update', 'delete'] as const).map((event) => ({ table, event, key: [key] }));
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
