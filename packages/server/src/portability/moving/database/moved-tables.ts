import { sql } from 'kysely';
import type { ReadDatabase } from '../../../drivers/database/database.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { TableShape } from './table-shape.ts';
import type { TriggerShape } from './triggers.ts';

/** What of a schema is moved. */
export interface MovedTables {
  readonly tables: readonly TableShape[];
  readonly triggers: readonly TriggerShape[];
  /** Rows that stay behind, by table: those whose key is this text. */
  readonly staying: Readonly<Record<string, string>>;
}

/** Tables whose rows mean nothing elsewhere: locks of nodes that run now. */
export const VOLATILE_TABLES: readonly string[] = ['locks'];

/** @throws ProductError CONFLICT when the database has a table that no migration has made: it would be left behind unseen */
export async function assertKnownTables<Schema>(
  database: ReadDatabase<Schema>,
  shapes: readonly TableShape[],
): Promise<void> {
  const query =
    database.engine === 'sqlite'
      ? sql<{
          name: string;
        }>`select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'`
      : sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema()`;
  const { rows } = await query.execute(database.reader);
  const known = new Set(shapes.map(({ name }) => name));
  const unknown = rows.map(({ name }) => name).filter((name) => !known.has(name) && !name.startsWith('kysely_'));
  if (unknown.length === 0) return;
  const place = database.schema === undefined ? 'the database' : `the schema ${database.schema}`;
  throw new ProductError(
    'CONFLICT',
    `${place} has tables that are not Roadstead's (${unknown.join(', ')}), and they would not be moved: put them elsewhere first`,
  );
}
