import { type Kysely, sql } from 'kysely';
import type { DatabaseCapabilities } from '../../drivers/database/database.ts';
import type { InstanceSchema } from './schema.ts';

/** Statements that the database runs by itself after each change of a row, in the transaction of the change. */
export interface TriggerDefinition {
  readonly name: string;
  /** `insert on manifests`, `update of manifest_id on tags` */
  readonly after: string;
  /** On `new` and `old`; absent: each row. */
  readonly when?: string;
  /** What is run, without semicolons. */
  readonly statements: readonly string[];
  /** Run before them where transactions run side by side (PostgreSQL, plpgsql). */
  readonly locks?: readonly string[];
}

export async function createTrigger(
  db: Kysely<InstanceSchema>,
  { triggerFunctions }: DatabaseCapabilities,
  { name, after, when, statements, locks = [] }: TriggerDefinition,
): Promise<void> {
  const head = `create trigger ${name} after ${after} for each row${when === undefined ? '' : ` when (${when})`}`;
  if (!triggerFunctions) {
    await sql.raw(`${head} begin ${toBody(statements)} end`).execute(db);
    return;
  }
  const body = `begin ${toBody([...locks, ...statements])} return null; end`;
  await sql.raw(`create function ${name}() returns trigger language plpgsql as $$ ${body} $$`).execute(db);
  await sql.raw(`${head} execute function ${name}()`).execute(db);
}

function toBody(statements: readonly string[]): string {
  return statements.map((statement) => `${statement};`).join(' ');
}
