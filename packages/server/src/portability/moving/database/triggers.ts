import { type Kysely, sql } from 'kysely';
import type { Database, ReadDatabase } from '../../../drivers/database/database.ts';
import type { TableShape } from './table-shape.ts';

/** A trigger that the migrations make, as SQLite has it; on other engines it has the same name. */
export interface TriggerShape {
  readonly name: string;
  readonly text: string;
}

/** @param db a migrated SQLite database */
export async function readTriggerShapes<Schema>(db: Kysely<Schema>): Promise<readonly TriggerShape[]> {
  const { rows } = await sql<{ name: string; text: string }>`
    select name, sql as text from sqlite_master where type = 'trigger' order by name`.execute(db);
  return rows.map(({ name, text }) => ({ name, text }));
}

interface Triggered {
  readonly tables: readonly TableShape[];
  readonly triggers: readonly TriggerShape[];
}

/** From now on rows come in as they are: what a trigger would do about them, the source has done. May be repeated. */
export async function suspendTriggers<Schema>(target: Database<Schema>, moved: Triggered): Promise<void> {
  await target.write(async (tx) => {
    if (target.engine === 'sqlite') {
      for (const { name } of moved.triggers) await sql`drop trigger if exists ${sql.id(name)}`.execute(tx);
      return;
    }
    for (const { name } of moved.tables) await sql`alter table ${sql.table(name)} disable trigger user`.execute(tx);
  });
}

/** Undoes `suspendTriggers`. */
export async function resumeTriggers<Schema>(target: Database<Schema>, moved: Triggered): Promise<void> {
  await target.write(async (tx) => {
    if (target.engine === 'sqlite') {
      for (const { text } of moved.triggers) await sql.raw(text).execute(tx);
      return;
    }
    for (const { name } of moved.tables) await sql`alter table ${sql.table(name)} enable trigger user`.execute(tx);
  });
}

/** @throws Error when a trigger is missing or does not run: the database would forget to do something from now on */
export async function assertTriggersRun<Schema>(
  { engine, reader }: Pick<ReadDatabase<Schema>, 'engine' | 'reader'>,
  { triggers }: Triggered,
): Promise<void> {
  const query =
    engine === 'sqlite'
      ? sql<{ name: string }>`select name from sqlite_master where type = 'trigger'`
      : sql<{ name: string }>`
          select tgname as name from pg_trigger join pg_class on pg_class.oid = tgrelid
           where relnamespace = current_schema()::regnamespace and not tgisinternal and tgenabled = 'O'`;
  const { rows } = await query.execute(reader);
  const running = new Set(rows.map(({ name }) => name));
  const missing = triggers.map(({ name }) => name).filter((name) => !running.has(name));
  if (missing.length > 0) throw new Error(`the moved database has no running trigger ${missing.join(', ')}`);
}
