import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { CONTROL_PLANE_MIGRATIONS } from '../../src/db/control-plane/migrations.ts';
import type { ControlPlaneSchema } from '../../src/db/control-plane/schema.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import type { Database } from '../../src/drivers/database/database.ts';
import { dropPostgresSchema, openPostgresDatabase } from '../../src/drivers/database/postgres/postgres-database.ts';
import { openSqliteDatabase } from '../../src/drivers/database/sqlite/sqlite-database.ts';
import type { Engine } from './test-database.ts';

/** A control plane's database of its own. */
export interface TestControlPlane {
  readonly database: Database<ControlPlaneSchema>;
  /** Another connection to it, as another process has it. */
  openAgain(): Promise<Database<ControlPlaneSchema>>;
  /** Empties the tables of instances. */
  reset(): Promise<void>;
  /** Closes everything and removes the data. */
  close(): Promise<void>;
}

export async function openTestControlPlane(engine: Engine): Promise<TestControlPlane> {
  const { open, remove } = engine === 'sqlite' ? await createSqlite() : createPostgres();
  const opened: Database<ControlPlaneSchema>[] = [];
  const openAgain = async () => {
    const database = await open();
    opened.push(database);
    return database;
  };
  const database = await openAgain();
  await migrateDatabase(database, CONTROL_PLANE_MIGRATIONS);
  return {
    database,
    openAgain,
    reset: () =>
      database.write(async (tx) => {
        for (const table of ['open_instances', 'instance_holders', 'instance_hosts', 'instances'] as const) {
          await tx.deleteFrom(table).execute();
        }
      }),
    close: async () => {
      for (const each of opened) await each.close();
      await remove();
    },
  };
}

async function createSqlite() {
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-control-plane-'));
  return {
    open: () => openSqliteDatabase<ControlPlaneSchema>(path.join(folder, 'control-plane.sqlite')),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function createPostgres() {
  const url = inject('postgresUrl');
  if (url === undefined) throw new Error('PostgreSQL is not there in this run');
  const schema = `control_plane_${randomUUID().replaceAll('-', '')}`;
  const options = { url, schema, owner: 'user', maxConnections: 4, connectTimeoutMs: 10_000 } as const;
  return {
    open: () => openPostgresDatabase<ControlPlaneSchema>(options),
    remove: () => dropPostgresSchema(options),
  };
}
