import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { type MigrationStep, migrateDatabase } from '../../db/migrate.ts';
import type { MovedTables } from '../../portability/moving/database/moved-tables.ts';
import { readTableShapes } from '../../portability/moving/database/table-shape.ts';
import { readTriggerShapes } from '../../portability/moving/database/triggers.ts';

/**
 * The tables and triggers that these steps make, read from a database that has taken them.
 * @param folder where a small file may lie for a moment
 */
export async function readMigratedShapes<Schema>(
  steps: Readonly<Record<string, MigrationStep<Schema>>>,
  folder: string,
): Promise<Pick<MovedTables, 'tables' | 'triggers'>> {
  const { openSqliteDatabase } = await import('../../drivers/database/sqlite/sqlite-database.ts');
  const scratch = await mkdtemp(path.join(folder, '.schema-'));
  try {
    const database = await openSqliteDatabase<Schema>(path.join(scratch, 'schema.sqlite'));
    try {
      await migrateDatabase(database, steps);
      const { reader } = database;
      return { tables: await readTableShapes(reader), triggers: await readTriggerShapes(reader) };
    } finally {
      await database.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
