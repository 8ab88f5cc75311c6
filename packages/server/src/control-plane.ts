import { openControlPlaneDatabase } from './commands/open-databases.ts';
import type { Config } from './config/config.ts';
import { readMasterKey } from './config/secrets.ts';
import { createInstanceRegistry, type InstanceRegistry } from './control-plane/instances/instance-registry.ts';
import { assertMasterKeyFits } from './control-plane/master-key-check.ts';
import type { ControlPlaneSchema } from './db/control-plane/schema.ts';
import type { Database } from './drivers/database/database.ts';
import type { Clock } from './kernel/clock.ts';

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
  const masterKey = readMasterKey(config);
  const database = opening.adopt(await openControlPlaneDatabase(config), (opened) => opened.close());
  await assertMasterKeyFits(database, masterKey);
  const resources = opening.move();
  return {
    database,
    registry: createInstanceRegistry(database, clock),
    masterKey: masterKey.bytes,
    close: () => resources.disposeAsync(),
  };
}
