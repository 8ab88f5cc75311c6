import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Database, DatabaseCapabilities } from '../drivers/database/database.ts';
import { ConfigurationError } from '../kernel/errors.ts';

/** A step of a schema, additive first: the previous version keeps working on it. */
export type MigrationStep<Schema> = (db: Kysely<Schema>, capabilities: DatabaseCapabilities) => Promise<void>;

const ATTEMPTS_MS = 60_000;
const PAUSE_MS = 200;
/** SQLSTATE undefined_table and invalid_schema_name */
const NOT_THERE: readonly unknown[] = ['42P01', '3F000'];
/** SQLSTATE lock_not_available and deadlock_detected */
const IN_USE: readonly unknown[] = ['55P03', '40P01'];

/**
 * Brings the schema up to date. Kysely's migrator holds an advisory lock on PostgreSQL meanwhile.
 * @param steps by name; names sort in their order (`0001-content`)
 * @throws ConfigurationError when the database was written by a newer version.
 */
export async function migrateDatabase<Schema>(
  database: Database<Schema>,
  steps: Readonly<Record<string, MigrationStep<Schema>>>,
): Promise<void> {
  const migrate = async (db: Kysely<Schema>) => {
    const migrations: Record<string, Migration> = {};
    for (const [name, step] of Object.entries(steps)) {
      migrations[name] = { up: (tx) => step(tx, database.capabilities) };
    }
    const provider = { getMigrations: async () => migrations };
    const schema = database.schema === undefined ? {} : { migrationTableSchema: database.schema };
    const migrator = new Migrator({ db, provider, ...schema });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  };
  const deadlineMs = performance.now() + ATTEMPTS_MS;
  for (;;) {
    try {
      // Where it is written: whoever only opens it needs no other connection.
      const applied = await orNoneYet(() => database.write(selectAppliedSteps, 'crash'));
      assertNotNewer(applied, Object.keys(steps));
      // The usual case, and a quick one: the migrator takes its lock and looks around.
      if (applied.length === Object.keys(steps).length) return;
      return await database.runMigrations(migrate);
    } catch (error) {
      if (performance.now() > deadlineMs || !isInUse(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (0.5 + Math.random())));
    }
  }
}

/** Nodes of the version before go on with the tables that a step would change: it waits for a moment in which it can. */
function isInUse(error: unknown): boolean {
  return [error, error instanceof Error ? error.cause : undefined].some(
    (each) => each instanceof Error && 'code' in each && IN_USE.includes(each.code),
  );
}

/** Names of the steps that the schema has taken; none when nothing was migrated yet. Changes nothing. */
export async function listAppliedSteps<Schema>(db: Kysely<Schema>): Promise<readonly string[]> {
  return orNoneYet(() => selectAppliedSteps(db));
}

async function selectAppliedSteps<Schema>(db: Kysely<Schema>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map((row) => row.name);
}

async function orNoneYet(select: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await select();
  } catch (error) {
    if (isTableMissing(error)) return [];
    throw error;
  }
}

/** Asked of the table itself: a look into the catalog of PostgreSQL is one into that of every other instance as well. */
function isTableMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isMissing = 'code' in error && NOT_THERE.includes(error.code);
  return isMissing || error.message.startsWith('no such table: kysely_migration');
}

function assertNotNewer(applied: readonly string[], known: readonly string[]): void {
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new ConfigurationError(
    `this database was written by a newer Roadstead (it has the schema step ${unknown.join(', ')}): start that version or a newer one`,
  );
}
