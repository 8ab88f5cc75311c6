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
  /**
   * Where transactions run side by side they are run at the commit, when all other locks are held: rows that many transactions change
   * are then locked last and for a moment.
   */
  readonly atCommit?: true;
  /** Run before them where transactions run side by side (PostgreSQL, plpgsql). */
  readonly locks?: readonly string[];
}

export async function createTrigger(
  db: Kysely<InstanceSchema>,
  { triggerFunctions }: DatabaseCapabilities,
  { name, after, when, statements, atCommit, locks = [] }: TriggerDefinition,
): Promise<void> {
  const condition = when === undefined ? '' : ` when (${when})`;
  if (!triggerFunctions) {
    const head = `create trigger ${name} after ${after} for each row${condition}`;
    await sql.raw(`${head} begin ${toBody(statements)} end`).execute(db);
    return;
  }
  const [kind, time] = atCommit ? ['constraint trigger', ' deferrable initially deferred'] : ['trigger', ''];
  const head = `create ${kind} ${name} after ${after}${time} for each row${condition}`;
  const body = `begin ${toBody([...locks, ...statements])} return null; end`;
  await sql.raw(`create function ${name}() returns trigger language plpgsql as $$ ${body} $$`).execute(db);
  await sql.raw(`${head} execute function ${name}()`).execute(db);
}

function toBody(statements: readonly string[]): string {
  return statements.map((statement) => `${statement};`).join(' ');
}
