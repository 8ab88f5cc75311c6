import { randomBytes } from 'node:crypto';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import { ConfigurationError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { MasterKeys } from '../kernel/master-keys.ts';
import { SECRET_KEY_BYTES } from '../kernel/sealed-bytes.ts';
import {
  createKeyRing,
  DERIVED_KEY_ID,
  type Secrets,
  type SecretsEnvelope,
  UnknownSecretKeyError,
} from '../kernel/secrets-envelope.ts';
import { unwrapKey, wrapKey } from '../kernel/wrapped-key.ts';
import { ensureSecretKey } from './secret-key-commands.ts';
import { readSecretKeyRows, type SecretKeyRow, type SecretKeyRows } from './secret-key-rows.ts';

export interface StoredSecretsDependencies {
  readonly instanceId: string;
  readonly database: InstanceDatabase;
  readonly masterKeys: MasterKeys;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
}

/** How long a process may seal with a key after another one has put a new key in its place. */
export const MAX_STALE_KEYS_MS = 2_000;
const KEY_ID_BYTES = 8;

/**
 * Opens the keys of an instance, and makes the first where nothing is sealed yet.
 * @throws ConfigurationError when one of them is wrapped by a master key that is not here
 */
export async function openSecrets(dependencies: StoredSecretsDependencies): Promise<Secrets> {
  const { database, clock } = dependencies;
  let rows = await readSecretKeyRows(database.reader);
  if (rows.current === undefined && rows.keys.length === 0) {
    await database.execute(ensureSecretKey, await createSecretKey(dependencies));
    rows = await readSecretKeyRows(database.reader);
  }
  let known = await createRing(dependencies, rows);
  let readAt = clock.now();
  let reading: Promise<SecretsEnvelope> | undefined;
  const read = () => {
    const startedAt = clock.now();
    reading ??= readSecretKeyRows(database.reader)
      .then((fresh) => createRing(dependencies, fresh))
      .then((ring) => {
        known = ring;
        readAt = startedAt;
        return ring;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const envelope = async () => {
    const ageMs = clock.now() - readAt;
    if (ageMs >= 0 && ageMs < MAX_STALE_KEYS_MS) return known;
    // A process that was not given the new master key goes on with the keys that it has opened before.
    return read().catch(() => known);
  };
  return {
    envelope,
    seal: async (place, plain) => (await envelope()).seal(place, plain),
    open: async (place, sealed) => {
      try {
        return known.open(place, sealed);
      } catch (error) {
        if (!(error instanceof UnknownSecretKeyError)) throw error;
        return (await read()).open(place, sealed);
      }
    },
  };
}

/** A new key of the instance, under the master key that all nodes know. */
export async function createSecretKey({
  instanceId,
  masterKeys,
  ids,
}: Pick<StoredSecretsDependencies, 'instanceId' | 'masterKeys' | 'ids'>): Promise<SecretKeyRow> {
  const id = ids.hex(KEY_ID_BYTES);
  const key = randomBytes(SECRET_KEY_BYTES);
  return { id, wrapped: wrapKey(await masterKeys.getEstablished(), { instanceId, keyId: id }, key) };
}

async function createRing(
  { instanceId, masterKeys }: Pick<StoredSecretsDependencies, 'instanceId' | 'masterKeys'>,
  { keys: rows, current }: SecretKeyRows,
): Promise<SecretsEnvelope> {
  const keys = new Map<string, Uint8Array>();
  for (const { id, wrapped } of rows) {
    const key = unwrapKey(masterKeys.all, { instanceId, keyId: id }, wrapped);
    if (key === undefined) {
      throw new ConfigurationError(
        `the key ${id} of the instance ${instanceId} does not open with this master key: bring back the master key that has sealed it, or name it in ROADSTEAD_MASTER_KEY_PREVIOUS_FILE`,
      );
    }
    keys.set(id, key);
  }
  const sealsByDerived = current === undefined && !keys.has(DERIVED_KEY_ID);
  const first = sealsByDerived ? [await masterKeys.getEstablished()] : [];
  return createKeyRing({ instanceId, masterKeys: [...first, ...masterKeys.all], keys, currentId: current?.id });
}
