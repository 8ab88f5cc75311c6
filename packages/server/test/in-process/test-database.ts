import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { createInstanceDatabase, type WritableInstanceDatabase } from '../../src/db/instance/instance-database.ts';
import { INSTANCE_MIGRATIONS } from '../../src/db/instance/migrations.ts';
import type { InstanceSchema } from '../../src/db/instance/schema.ts';
import { type MigrationStep, migrateDatabase } from '../../src/db/migrate.ts';
import type { Database } from '../../src/drivers/database/database.ts';
import { dropPostgresSchema, openPostgresDatabase } from '../../src/drivers/database/postgres/postgres-database.ts';
import { openSqliteDatabase } from '../../src/drivers/database/sqlite/sqlite-database.ts';
import { INSTANCE_COMMANDS } from '../../src/write-half.ts';

/** An instance's database of its own for one test. */
export interface TestDatabase {
  readonly database: WritableInstanceDatabase;
  /** A second connection to the same data, as another process has it. */
  openAgain(): Promise<WritableInstanceDatabase>;
  /** Closes everything and removes the data. */
  close(): Promise<void>;
}

export type Engine = 'sqlite' | 'postgres';

/** A file system in memory, on Linux. */
const MEMORY_FOLDER = '/dev/shm';

/** The engines that this run can test on. */
export const ENGINES: readonly Engine[] = inject('postgresUrl') === undefined ? ['sqlite'] : ['sqlite', 'postgres'];

export interface TestDatabaseOptions {
  /** Keeps an SQLite file in memory where the system can: for tests of many writes that ask nothing of durability. */
  readonly inMemory?: boolean;
  /** Steps of the schema. Default: all. */
  readonly steps?: Readonly<Record<string, MigrationStep<InstanceSchema>>>;
}

export async function openTestDatabase(
  engine: Engine = 'sqlite',
  { inMemory = false, steps = INSTANCE_MIGRATIONS }: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const { open, remove } = engine === 'sqlite' ? await createSqlite(inMemory) : createPostgres();
  const opened: WritableInstanceDatabase[] = [];
  const openAgain = async () => {
    const database = toInstanceDatabase(await open());
    opened.push(database);
    return database;
  };
  const database = await openAgain();
  await migrateDatabase(database, steps);
  const close = async () => {
    for (const each of opened) await each.close();
    await remove();
  };
  return { database, openAgain, close };
}

/** Commands go by their name and as plain data, as they go to a writer in another thread. */
function toInstanceDatabase(opened: Database<InstanceSchema>): WritableInstanceDatabase {
  const database = createInstanceDatabase(opened, []);
  return {
    ...database,
    execute: (command, input) => {
      const named = INSTANCE_COMMANDS.get(command.name);
      if (named === undefined) throw new Error(`write-half.ts does not list the command ${command.name}`);
      return database.execute(command, structuredClone(input));
    },
  };
}

async function createSqlite(inMemory: boolean) {
  const parent = inMemory && existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir();
  const folder = await mkdtemp(path.join(parent, 'roadstead-test-'));
  return {
    open: () => openSqliteDatabase<InstanceSchema>(path.join(folder, 'instance.db')),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function createPostgres() {
  const url = inject('postgresUrl');
  if (url === undefined) throw new Error('PostgreSQL is not there in this run');
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const options = { url, schema, owner: 'role', maxConnections: 4, connectTimeoutMs: 10_000 } as const;
  return {
    open: () => openPostgresDatabase<InstanceSchema>(options),
    remove: () => dropPostgresSchema(options),
  };
}
