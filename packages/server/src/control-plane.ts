import path from 'node:path';
import type { Config } from './config/config.ts';
import { readMasterKey } from './config/secrets.ts';
import {
  CONTROL_PLANE_POSTGRES_SCHEMA,
  CONTROL_PLANE_SQLITE_FILE,
} from './control-plane/instances/instance-location.ts';
import { createInstanceRegistry, type InstanceRegistry } from './control-plane/instances/instance-registry.ts';
import { assertMasterKeyFits } from './control-plane/master-key-check.ts';
import { CONTROL_PLANE_MIGRATIONS } from './db/control-plane/migrations.ts';
import type { ControlPlaneSchema } from './db/control-plane/schema.ts';
import { migrateDatabase } from './db/migrate.ts';
import type { Database } from './drivers/database/database.ts';
import { openPostgresDatabase } from './drivers/database/postgres/postgres-database.ts';
import { openSqliteDatabase } from './drivers/database/sqlite/sqlite-database.ts';
import type { Clock } from './kernel/clock.ts';

/** What there is once per server, above its instances. */
export interface ControlPlane {
  readonly database: Database<ControlPlaneSchema>;
  readonly registry: InstanceRegistry;
  readonly masterKey: Uint8Array;
  close(): Promise<void>;
}

const CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5_000;

/** Opens the control plane's own database and the master key that fits it. @throws ConfigurationError */
export async function openControlPlane(config: Config, clock: Clock): Promise<ControlPlane> {
  await using opening = new AsyncDisposableStack();
  const masterKey = readMasterKey(config);
  const database = opening.adopt(await openDatabase(config), (opened) => opened.close());
  await migrateDatabase(database, CONTROL_PLANE_MIGRATIONS);
  await assertMasterKeyFits(database, masterKey);
  const resources = opening.move();
  return {
    database,
    registry: createInstanceRegistry(database, clock),
    masterKey: masterKey.bytes,
    close: () => resources.disposeAsync(),
  };
}

function openDatabase(config: Config): Promise<Database<ControlPlaneSchema>> {
  if (config.databaseUrl === undefined) {
    return openSqliteDatabase<ControlPlaneSchema>(path.join(config.dataDir, CONTROL_PLANE_SQLITE_FILE));
  }
  return openPostgresDatabase<ControlPlaneSchema>({
    url: config.databaseUrl,
    schema: CONTROL_PLANE_POSTGRES_SCHEMA,
    maxConnections: CONNECTIONS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
}
