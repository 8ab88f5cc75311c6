import { sql } from 'kysely';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Actor } from '../kernel/actor.ts';
import { DERIVED_KEY_ID, deriveInstanceKey, type Secrets, sealedKeyId } from '../kernel/secrets-envelope.ts';
import { isWrappedBy, masterKeyIdOf, unwrapKey, wrapKey } from '../kernel/wrapped-key.ts';
import { placeOf, SEALED_COLUMNS, type SealedColumn } from './sealed-columns.ts';
import { addSecretKey, endResealing, resealFields, rewrapSecretKeys } from './secret-key-commands.ts';
import { readSecretKeyRows } from './secret-key-rows.ts';
import { createSecretKey, MAX_STALE_KEYS_MS, type StoredSecretsDependencies } from './stored-secrets.ts';

export interface SecretRotationDependencies extends StoredSecretsDependencies {
  readonly secrets: Secrets;
}

export interface RotatedSecrets {
  /** The key that seals everything now. */
  readonly keyId: string;
  /** Values that were sealed anew. */
  readonly resealed: number;
}

/** The change of keys while the instance is in use. */
export interface SecretRotation {
  /**
   * Makes a new key, waits until every process seals with it, and seals anew what others have sealed. One that was broken off goes on.
   * Former keys stay: backups and records of recovery need them.
   * @param wait milliseconds
   */
  rotateKey(actor: Actor, wait: (ms: number) => Promise<void>): Promise<RotatedSecrets>;
  /**
   * Puts every key under this master key; nothing else is sealed anew.
   * @returns how many were under another
   */
  rewrap(masterKey: Uint8Array, actor: Actor): Promise<number>;
}

const PAGE_ROWS = 100;
/** What a process that has read its keys just before the change may take until it seals what it had begun. */
const SPREAD_MS = MAX_STALE_KEYS_MS + 1_000;

export function createSecretRotation(dependencies: SecretRotationDependencies): SecretRotation {
  return {
    rotateKey: (actor, wait) => rotateKey(dependencies, actor, wait),
    rewrap: (masterKey, actor) => rewrap(dependencies, masterKey, actor),
  };
}

async function rotateKey(
  dependencies: SecretRotationDependencies,
  actor: Actor,
  wait: (ms: number) => Promise<void>,
): Promise<RotatedSecrets> {
  const { database, clock } = dependencies;
  const keyId = (await findUnfinished(database)) ?? (await addKey(dependencies, actor));
  await wait(SPREAD_MS);
  let resealed = 0;
  for (const column of SEALED_COLUMNS) resealed += await resealColumn(dependencies, column, keyId);
  if (await database.execute(endResealing, { keyId, resealed, actor, now: clock.now() })) return { keyId, resealed };
  throw new Error(`another rotation has begun: its key has taken the place of ${keyId}`);
}

async function findUnfinished(database: InstanceDatabase): Promise<string | undefined> {
  const { current } = await readSecretKeyRows(database.reader);
  return current?.isResealing === true ? current.id : undefined;
}

async function addKey(dependencies: SecretRotationDependencies, actor: Actor): Promise<string> {
  const { database, clock } = dependencies;
  const key = await createSecretKey(dependencies);
  await database.execute(addSecretKey, { key, actor, now: clock.now() });
  return key.id;
}

/** Until a look finds nothing that another key has sealed: what was changed in between is found by the next. */
async function resealColumn(
  { database, secrets }: SecretRotationDependencies,
  column: SealedColumn,
  keyId: string,
): Promise<number> {
  let resealed = 0;
  for (let after: string | number | undefined; ; ) {
    const rows = await readPage(database, column, after);
    const last = rows.at(-1);
    if (last === undefined) return resealed;
    after = last.key;
    const fields = [];
    for (const { key, value } of rows.filter((row) => sealedKeyId(row.value) !== keyId)) {
      const place = placeOf(column, key);
      const plain = await secrets.open(place, value);
      fields.push({ key: String(key), before: value, after: await sealWith(secrets, keyId, place, plain) });
    }
    if (fields.length > 0) resealed += await database.execute(resealFields, { column, fields });
  }
}

async function sealWith(secrets: Secrets, keyId: string, place: string, plain: Uint8Array): Promise<Buffer> {
  const sealed = await secrets.seal(place, plain);
  if (sealedKeyId(sealed) === keyId) return sealed;
  throw new Error(`another rotation has begun: its key has taken the place of ${keyId}`);
}

async function readPage(
  { reader }: InstanceDatabase,
  { table, key, column }: SealedColumn,
  after: string | number | undefined,
): Promise<readonly { readonly key: string | number; readonly value: Uint8Array }[]> {
  const behind = after === undefined ? sql`` : sql`and ${sql.ref(key)} > ${after}`;
  const { rows } = await sql<{ key: string | number; value: Uint8Array }>`
    select ${sql.ref(key)} as key, ${sql.ref(column)} as value from ${sql.table(table)}
    where ${sql.ref(column)} is not null ${behind} order by ${sql.ref(key)} limit ${PAGE_ROWS}`.execute(reader);
  return rows;
}

async function rewrap(
  { instanceId, database, masterKeys, clock }: SecretRotationDependencies,
  masterKey: Uint8Array,
  actor: Actor,
): Promise<number> {
  const { keys: rows } = await readSecretKeyRows(database.reader);
  const keys = [];
  for (const { id, wrapped: before } of rows) {
    if (isWrappedBy(masterKey, before)) continue;
    const place = { instanceId, keyId: id };
    const key = unwrapKey(masterKeys.all, place, before);
    if (key === undefined) throw new Error(`the key ${id} of the instance ${instanceId} opens with no master key`);
    keys.push({ id, wrapped: wrapKey(masterKey, place, key), before });
  }
  // What the first form has sealed, here or in records of recovery, opens with a key that came from the former master key: from now
  // on it stands for itself.
  const established = await masterKeys.getEstablished();
  const isKept = rows.some(({ id }) => id === DERIVED_KEY_ID);
  if (!isKept && masterKeyIdOf(established) !== masterKeyIdOf(masterKey)) {
    const place = { instanceId, keyId: DERIVED_KEY_ID };
    const derived = deriveInstanceKey(established, instanceId);
    keys.push({ id: DERIVED_KEY_ID, wrapped: wrapKey(masterKey, place, derived), before: undefined });
  }
  if (keys.length === 0) return 0;
  const masterKeyId = masterKeyIdOf(masterKey);
  return database.execute(rewrapSecretKeys, { keys, masterKeyId, actor, now: clock.now() });
}
