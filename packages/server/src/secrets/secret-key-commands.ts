import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { appendJournal } from '../journal/journal.ts';
import type { Actor } from '../kernel/actor.ts';
import { DERIVED_KEY_ID } from '../kernel/secrets-envelope.ts';
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns.ts';
import {
  CURRENT_KEY_SETTING,
  putSetting,
  readSecretKeyRows,
  SECRET_KEY_PREFIX,
  type SecretKeyRow,
} from './secret-key-rows.ts';

interface Change {
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Gives an instance in which nothing is sealed yet its first key. One in which something is goes on as it is until somebody rotates:
 * the release before may work beside this one.
 */
export async function ensureSecretKey({ tx }: InstanceTransaction, candidate: SecretKeyRow): Promise<void> {
  const { keys, current } = await readSecretKeyRows(tx);
  if (current !== undefined || keys.length > 0 || (await hasSealedValues(tx))) return;
  // Of two processes at this point the second waits here for the first one's commit.
  const claimed = await tx
    .insertInto('settings')
    .values({ name: CURRENT_KEY_SETTING, value: JSON.stringify({ id: candidate.id, isResealing: false }) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('name')
    .executeTakeFirst();
  if (claimed !== undefined) await putSetting(tx, `${SECRET_KEY_PREFIX}${candidate.id}`, candidate.wrapped);
}

async function hasSealedValues(tx: Kysely<InstanceSchema>): Promise<boolean> {
  for (const { table, column } of SEALED_COLUMNS) {
    const found = await sql`select 1 from ${sql.table(table)} where ${sql.ref(column)} is not null limit 1`.execute(tx);
    if (found.rows.length > 0) return true;
  }
  return false;
}

export interface AddSecretKeyInput extends Change {
  readonly key: SecretKeyRow;
}

/** From now on this key seals. */
export async function addSecretKey({ tx }: InstanceTransaction, { key, actor, now }: AddSecretKeyInput): Promise<void> {
  await putSetting(tx, `${SECRET_KEY_PREFIX}${key.id}`, key.wrapped);
  await putSetting(tx, CURRENT_KEY_SETTING, JSON.stringify({ id: key.id, isResealing: true }));
  await note(tx, { actor, now }, 'secret-key.rotated', { keyId: key.id });
}

export interface EndResealingInput extends Change {
  readonly keyId: string;
  readonly resealed: number;
}

/** Everything is sealed by the key. @returns false when another one has taken its place meanwhile */
export async function endResealing({ tx }: InstanceTransaction, input: EndResealingInput): Promise<boolean> {
  const { keyId, resealed, ...change } = input;
  if ((await readSecretKeyRows(tx)).current?.id !== keyId) return false;
  await putSetting(tx, CURRENT_KEY_SETTING, JSON.stringify({ id: keyId, isResealing: false }));
  await note(tx, change, 'secret-key.resealed', { keyId, resealed });
  return true;
}

export interface RewrapSecretKeysInput extends Change {
  readonly masterKeyId: string;
  readonly keys: readonly (SecretKeyRow & {
    /** As it was read; undefined for a key that was derived until now. */
    readonly before: string | undefined;
  })[];
}

/** Puts keys under another master key. @returns how many; those that have changed meanwhile are left for the next look. */
export async function rewrapSecretKeys({ tx }: InstanceTransaction, input: RewrapSecretKeysInput): Promise<number> {
  const { keys, masterKeyId, ...change } = input;
  const known = new Map((await readSecretKeyRows(tx)).keys.map(({ id, wrapped }) => [id, wrapped]));
  const unchanged = keys.filter(({ id, before }) => known.get(id) === before);
  for (const { id, wrapped } of unchanged) await putSetting(tx, `${SECRET_KEY_PREFIX}${id}`, wrapped);
  if (unchanged.length > 0) {
    const ids = unchanged.map(({ id }) => (id === DERIVED_KEY_ID ? 'derived' : id));
    await note(tx, change, 'secret-key.rewrapped', { keyIds: ids, masterKeyId });
  }
  return unchanged.length;
}

export interface ResealFieldsInput {
  readonly column: SealedColumn;
  readonly fields: readonly { readonly key: string; readonly before: Uint8Array; readonly after: Uint8Array }[];
}

/** Puts values in the place of the same values under another key, unless somebody has changed them meanwhile. */
export async function resealFields(
  { tx }: InstanceTransaction,
  { column, fields }: ResealFieldsInput,
): Promise<number> {
  const { table, key: keyColumn, column: name } = column;
  // Names that come from another process are those of the list, or none.
  if (!SEALED_COLUMNS.some((each) => each.table === table && each.key === keyColumn && each.column === name)) {
    throw new Error(`${table}.${name} is not a sealed column`);
  }
  let changed = 0;
  for (const { key, before, after } of fields) {
    const { numAffectedRows } = await sql`
      update ${sql.table(table)} set ${sql.ref(name)} = ${Buffer.from(after)}
      where ${sql.ref(keyColumn)} = ${key} and ${sql.ref(name)} = ${Buffer.from(before)}`.execute(tx);
    changed += Number(numAffectedRows ?? 0n);
  }
  return changed;
}

async function note(
  tx: Kysely<InstanceSchema>,
  { actor, now }: Change,
  kind: string,
  detail: Readonly<Record<string, string | number | readonly string[]>>,
): Promise<void> {
  await appendJournal(tx, { at: now, actor, kind, detail: { resource: 'secret-keys', outcome: 'done', ...detail } });
}
