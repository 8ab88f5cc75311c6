import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { ControlPlaneSchema } from '../db/control-plane/schema.ts';
import type { Database } from '../drivers/database/database.ts';
import { ConfigurationError } from '../kernel/errors.ts';

/** A master key and where it came from. */
interface KeyFile {
  readonly bytes: Uint8Array;
  readonly file: string;
}

const PROPERTY = 'master-key-check';

/**
 * Compares the master keys with the one that sealed what is in the database; the first key that comes is remembered by a
 * fingerprint. Without this, a lost `master.key` would be replaced in silence and nothing sealed would open again.
 * @param previous the one before it, while its place is being taken
 * @throws ConfigurationError when it is neither
 */
export async function assertMasterKeyFits(
  database: Database<ControlPlaneSchema>,
  key: KeyFile,
  previous?: KeyFile,
): Promise<void> {
  const fingerprint = fingerprintOf(key);
  const known = await database.write((tx) => rememberFingerprint(tx, fingerprint));
  if (isEqual(known, fingerprint) || (previous !== undefined && isEqual(known, fingerprintOf(previous)))) return;
  const both = previous === undefined ? '' : `, and neither is ${previous.file}`;
  throw new ConfigurationError(
    `the master key ${key.file} is not the one that sealed this database${both}: bring the old key back, or set ROADSTEAD_MASTER_KEY_FILE to it (while you change it, ROADSTEAD_MASTER_KEY_PREVIOUS_FILE)`,
  );
}

/** The one of these keys that sealed what is in the database. @throws Error when it is none of them */
export async function findEstablishedKey<Key extends Pick<KeyFile, 'bytes'>>(
  database: Database<ControlPlaneSchema>,
  keys: readonly Key[],
): Promise<Key> {
  const known = await findFingerprint(database.reader);
  const key = keys.find((each) => known !== undefined && isEqual(known, fingerprintOf(each)));
  if (key === undefined) {
    throw new Error('another master key has taken the place of those of this process: start it with the new one');
  }
  return key;
}

/** From now on this is the key that seals. */
export async function establishMasterKey(database: Database<ControlPlaneSchema>, key: KeyFile): Promise<void> {
  const value = fingerprintOf(key);
  await database.write((tx) => tx.updateTable('properties').set({ value }).where('name', '=', PROPERTY).execute());
}

/** Whether the database knows a master key already, and whether it is this one; changes nothing. */
export async function inspectMasterKey(
  database: Database<ControlPlaneSchema>,
  key: KeyFile | undefined,
): Promise<'none-known' | 'same' | 'other'> {
  const known = await findFingerprint(database.reader);
  if (known === undefined) return 'none-known';
  return key !== undefined && isEqual(known, fingerprintOf(key)) ? 'same' : 'other';
}

async function rememberFingerprint(tx: Kysely<ControlPlaneSchema>, fingerprint: string): Promise<string> {
  await tx
    .insertInto('properties')
    .values({ name: PROPERTY, value: fingerprint })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  return (await findFingerprint(tx)) ?? fingerprint;
}

async function findFingerprint(db: Kysely<ControlPlaneSchema>): Promise<string | undefined> {
  const row = await db.selectFrom('properties').select('value').where('name', '=', PROPERTY).executeTakeFirst();
  return row?.value;
}

function fingerprintOf(key: Pick<KeyFile, 'bytes'>): string {
  return createHmac('sha256', key.bytes).update('roadstead master key check').digest('hex');
}

function isEqual(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}
