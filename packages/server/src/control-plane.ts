import { describeBlobsPlace } from './blob-places.ts';
import type { BlobsConfig } from './blob-storages.ts';
import type { Config } from './config/config.ts';
import { findMasterKey, type MasterKey, readMasterKey, readPreviousMasterKey } from './config/secrets.ts';
import { createInstanceRegistry, type InstanceRegistry } from './control-plane/instances/instance-registry.ts';
import { assertMasterKeyFits, findEstablishedKey, inspectMasterKey } from './control-plane/master-key-check.ts';
import { type BlobsMark, type DatabaseMark, findMark } from './control-plane/move-marks.ts';
import { openControlPlaneDatabase } from './databases.ts';
import type { ControlPlaneSchema } from './db/control-plane/schema.ts';
import type { Database } from './drivers/database/database.ts';
import type { Clock } from './kernel/clock.ts';
import { ConfigurationError } from './kernel/errors.ts';
import type { MasterKeys } from './kernel/master-keys.ts';

/** What there is once per server, above its instances. */
export interface ControlPlane {
  readonly database: Database<ControlPlaneSchema>;
  readonly registry: InstanceRegistry;
  readonly masterKeys: ServerMasterKeys;
  close(): Promise<void>;
}

/** The master keys of this server's configuration. */
export interface ServerMasterKeys extends MasterKeys {
  /** The one that `ROADSTEAD_MASTER_KEY_FILE` names. */
  readonly configured: MasterKey;
}

/**
 * Opens the control plane's own database and the master key that fits it.
 * @throws ConfigurationError also when database or blobs have moved, and the configuration still names the former place
 */
export async function openControlPlane(config: Config, clock: Clock): Promise<ControlPlane> {
  await using opening = new AsyncDisposableStack();
  const database = opening.adopt(await openControlPlaneDatabase(config), (opened) => opened.close());
  await assertNotMoved(config, database);
  const masterKeys = await readFittingKeys(config, database);
  const resources = opening.move();
  return {
    database,
    registry: createInstanceRegistry(database, clock),
    masterKeys,
    close: () => resources.disposeAsync(),
  };
}

/**
 * What was written to the former place would be missing in the new one.
 * @throws ConfigurationError
 */
export async function assertNotMoved(config: BlobsConfig, { reader }: Database<ControlPlaneSchema>): Promise<void> {
  const problem = describeMove(config, await findMark(reader, 'database-move'), await findMark(reader, 'blobs-move'));
  if (problem !== undefined) throw new ConfigurationError(problem);
}

/** What is wrong with starting here; undefined when nothing is. */
export function describeMove(
  config: BlobsConfig,
  database: DatabaseMark | undefined,
  blobs: BlobsMark | undefined,
): string | undefined {
  if (database?.side === 'target') {
    return `the move from ${database.other} into this database has not ended: run \`roadstead admin move-database\` again, with the settings of ${database.other}`;
  }
  if (database?.state === 'moved') {
    return `this database was moved to ${database.other} on ${dayOf(database.at)}: set ROADSTEAD_DATABASE_URL to it, or run \`roadstead admin move-database --undo\` to go on here`;
  }
  if (blobs === undefined || blobs.from !== describeBlobsPlace(config)) return undefined;
  return `the blobs were moved to ${blobs.to} on ${dayOf(blobs.at)}: set ROADSTEAD_BLOBS accordingly, or run \`roadstead admin move-storage --undo\` to go on with ${blobs.from}`;
}

function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/** A lost key is said to be lost before a new one could take its place. */
async function readFittingKeys(config: Config, database: Database<ControlPlaneSchema>): Promise<ServerMasterKeys> {
  const isLost = findMasterKey(config) === undefined && (await inspectMasterKey(database, undefined)) === 'other';
  if (isLost) {
    throw new ConfigurationError(
      `the master key of this database is gone from ${config.dataDir}: bring master.key back from the backup, or set ROADSTEAD_MASTER_KEY_FILE`,
    );
  }
  const configured = readMasterKey(config);
  const previous = readPreviousMasterKey(config);
  await assertMasterKeyFits(database, configured, previous);
  const keys = previous === undefined ? [configured] : [configured, previous];
  return {
    configured,
    all: keys.map(({ bytes }) => bytes),
    getEstablished: async () => (await findEstablishedKey(database, keys)).bytes,
  };
}
