import type { Config } from './config/config.ts';
import { findMasterKey, type MasterKey, readMasterKey } from './config/secrets.ts';
import { createInstanceRegistry, type InstanceRegistry } from './control-plane/instances/instance-registry.ts';
import { assertMasterKeyFits, inspectMasterKey } from './control-plane/master-key-check.ts';
import { openControlPlaneDatabase } from './databases.ts';
import type { ControlPlaneSchema } from './db/control-plane/schema.ts';
import type { Database } from './drivers/database/database.ts';
import type { Clock } from './kernel/clock.ts';
import { ConfigurationError } from './kernel/errors.ts';

/** What there is once per server, above its instances. */
export interface ControlPlane {
  readonly database: Database<ControlPlaneSchema>;
  readonly registry: InstanceRegistry;
  readonly masterKey: Uint8Array;
  close(): Promise<void>;
}

/** Opens the control plane's own database and the master key that fits it. @throws ConfigurationError */
export async function openControlPlane(config: Config, clock: Clock): Promise<ControlPlane> {
  await using opening = new AsyncDisposableStack();
  const database = opening.adopt(await openControlPlaneDatabase(config), (opened) => opened.close());
  const masterKey = await readFittingKey(config, database);
  const resources = opening.move();
  return {
    database,
    registry: createInstanceRegistry(database, clock),
    masterKey: masterKey.bytes,
    close: () => resources.disposeAsync(),
  };
}

/** A lost key is said to be lost before a new one could take its place. */
async function readFittingKey(config: Config, database: Database<ControlPlaneSchema>): Promise<MasterKey> {
  const isLost = findMasterKey(config) === undefined && (await inspectMasterKey(database, undefined)) === 'other';
  if (isLost) {
    throw new ConfigurationError(
      `the master key of this database is gone from ${config.dataDir}: bring master.key back from the backup, or set ROADSTEAD_MASTER_KEY_FILE`,
    );
  }
  const key = readMasterKey(config);
  await assertMasterKeyFits(database, key);
  return key;
}
