import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import type { InstanceDatabase } from '../../src/db/instance/instance-database.ts';
import { INSTANCE_MIGRATIONS } from '../../src/db/instance/migrations.ts';
import type { InstanceSchema } from '../../src/db/instance/schema.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { dropPostgresSchema, openPostgresDatabase } from '../../src/drivers/database/postgres/postgres-database.ts';
import { openSqliteDatabase } from '../../src/drivers/database/sqlite/sqlite-database.ts';

/** An instance's database of its own for one test. */
export interface TestDatabase {
  readonly database: InstanceDatabase;
  /** A second connection to the same data, as another process has it. */
  openAgain(): Promise<InstanceDatabase>;
  /** Closes everything and removes the data. */
  close(): Promise<void>;
}

export type Engine = 'sqlite' | 'postgres';

/** The engines that this run can test on. */
export const ENGINES: readonly Engine[] = inject('postgresUrl') === undefined ? ['sqlite'] : ['sqlite', 'postgres'];

export async function openTestDatabase(engine: Engine = 'sqlite'): Promise<TestDatabase> {
  const { open, remove } = engine === 'sqlite' ? await createSqlite() : createPostgres();
  const opened: InstanceDatabase[] = [];
  const openAgain = async () => {
    const database = await open();
    opened.push(database);
    return database;
  };
  const database = await openAgain();
  await migrateDatabase(database, INSTANCE_MIGRATIONS);
  const close = async () => {
    for (const each of opened) await each.close();
    await remove();
  };
  return { database, openAgain, close };
}

async function createSqlite() {
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-test-'));
  return {
    open: () => openSqliteDatabase<InstanceSchema>(path.join(folder, 'instance.db')),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function createPostgres() {
  const url = inject('postgresUrl');
  if (url === undefined) throw new Error('PostgreSQL is not there in this run');
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const options = { url, schema, maxConnections: 4, connectTimeoutMs: 10_000 };
  return {
    open: () => openPostgresDatabase<InstanceSchema>(options),
    remove: () => dropPostgresSchema(options),
  };
}
