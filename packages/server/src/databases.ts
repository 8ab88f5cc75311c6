import path from 'node:path';
import type { Config } from './config/config.ts';
import {
  CONTROL_PLANE_POSTGRES_SCHEMA,
  CONTROL_PLANE_SQLITE_FILE,
  locateInstance,
} from './control-plane/instances/instance-location.ts';
import { CONTROL_PLANE_MIGRATIONS } from './db/control-plane/migrations.ts';
import type { ControlPlaneSchema } from './db/control-plane/schema.ts';
import {
  createInstanceDatabase,
  type InstanceDatabase,
  type WritableInstanceDatabase,
} from './db/instance/instance-database.ts';
import { INSTANCE_MIGRATIONS } from './db/instance/migrations.ts';
import type { InstanceSchema } from './db/instance/schema.ts';
import { migrateDatabase } from './db/migrate.ts';
import type { Database, ReadDatabase } from './drivers/database/database.ts';
import type { PostgresCell, SchemaOwner } from './drivers/database/postgres/postgres-database.ts';
import { assertRebuilt } from './operations/recovery/rebuild/rebuild-mark.ts';
import { PUSH_GATES } from './write-half.ts';

/** What decides where databases are. */
export type DatabaseConfig = Pick<Config, 'dataDir' | 'databaseUrl' | 'databaseConnections'> &
  Partial<Pick<Config, 'databaseReplicaUrl'>>;

const CONNECT_TIMEOUT_MS = 5_000;
const CONTROL_PLANE_CONNECTIONS = 3;

/** Opens the control plane's database and brings its schema up to date. @throws ConfigurationError when it is newer */
export async function openControlPlaneDatabase(config: DatabaseConfig): Promise<Database<ControlPlaneSchema>> {
  const database = await openControlPlane(config, 'user');
  try {
    await migrateDatabase(database, CONTROL_PLANE_MIGRATIONS);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Opens it without touching its tables. */
export function openControlPlaneAsItIs(config: DatabaseConfig): Promise<Database<ControlPlaneSchema>> {
  return openControlPlane(config, 'as-found');
}

function openControlPlane(config: DatabaseConfig, owner: SchemaOwner): Promise<Database<ControlPlaneSchema>> {
  const sqliteFile = path.join(config.dataDir, CONTROL_PLANE_SQLITE_FILE);
  const postgres = { schema: CONTROL_PLANE_POSTGRES_SCHEMA, maxConnections: CONTROL_PLANE_CONNECTIONS, owner };
  return openDatabase(config, sqliteFile, postgres);
}

/** Opens the database of one instance where it is written, and brings its schema up to date. @throws ConfigurationError when it is newer */
export async function openInstanceDatabase(config: DatabaseConfig, id: string): Promise<WritableInstanceDatabase> {
  return bringUpToDate(await openInstance(config, id, 'role'));
}

async function bringUpToDate(database: Database<InstanceSchema>): Promise<WritableInstanceDatabase> {
  try {
    await migrateDatabase(database, INSTANCE_MIGRATIONS);
    await database.write(assertRebuilt, 'crash');
    return createInstanceDatabase(database, PUSH_GATES);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The databases of all instances of a process, and what they share. */
export interface InstanceDatabases {
  /** Brings its schema up to date. @throws ConfigurationError when it is newer */
  open(id: string): Promise<InstanceDatabase>;
  /** After all that it has opened. */
  close(): Promise<void>;
}

/** Schemas of one PostgreSQL, with connections that they share. Nothing is opened before it is asked for. */
export function createPostgresInstances(config: DatabaseConfig & { readonly databaseUrl: string }): InstanceDatabases {
  const { dataDir, databaseUrl: url, databaseReplicaUrl: replicaUrl, databaseConnections: maxConnections } = config;
  let loading: Promise<PostgresCell> | undefined;
  const load = async () => {
    const { createPostgresCell } = await import('./drivers/database/postgres/postgres-database.ts');
    return createPostgresCell({ url, replicaUrl, maxConnections, connectTimeoutMs: CONNECT_TIMEOUT_MS });
  };
  return {
    open: async (id) => {
      loading ??= load();
      const { postgresSchema } = locateInstance(dataDir, id);
      return bringUpToDate(await (await loading).openDatabase<InstanceSchema>(postgresSchema, 'role'));
    },
    close: async () => (await loading)?.close(),
  };
}

/** Opens the database of one instance as it is: no schema step is taken. */
export function openInstanceAsItIs(config: DatabaseConfig, id: string): Promise<Database<InstanceSchema>> {
  return openInstance(config, id, 'as-found');
}

function openInstance(config: DatabaseConfig, id: string, owner: SchemaOwner): Promise<Database<InstanceSchema>> {
  const { sqliteFile, postgresSchema: schema } = locateInstance(config.dataDir, id);
  return openDatabase(config, sqliteFile, { schema, maxConnections: config.databaseConnections, owner });
}

/** Opens the reading half of an instance's SQLite file, which is written elsewhere. */
export async function openInstanceReads(config: DatabaseConfig, id: string): Promise<ReadDatabase<InstanceSchema>> {
  const { openSqliteReads } = await import('./drivers/database/sqlite/sqlite-database.ts');
  return openSqliteReads(locateInstance(config.dataDir, id).sqliteFile);
}

/** The driver that is not used is not loaded. */
async function openDatabase<Schema>(
  { databaseUrl }: DatabaseConfig,
  sqliteFile: string,
  postgres: { readonly schema: string; readonly maxConnections: number; readonly owner: SchemaOwner },
): Promise<Database<Schema>> {
  if (databaseUrl === undefined) {
    const { openSqliteDatabase } = await import('./drivers/database/sqlite/sqlite-database.ts');
    return openSqliteDatabase(sqliteFile);
  }
  const { openPostgresDatabase } = await import('./drivers/database/postgres/postgres-database.ts');
  return openPostgresDatabase({ url: databaseUrl, ...postgres, connectTimeoutMs: CONNECT_TIMEOUT_MS });
}
