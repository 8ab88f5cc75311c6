import { hkdfSync } from 'node:crypto';
import { openBytes, SECRET_KEY_BYTES, sealBytes } from './sealed-bytes.ts';

const DERIVED_FORM = 1;
const KEYED_FORM = 2;
const KEY_ID_BYTES = 8;
const KEYED_HEAD_BYTES = 1 + KEY_ID_BYTES;

/** The id under which a key stands that was derived from a master key, once that master key has gone. */
export const DERIVED_KEY_ID = '0'.repeat(2 * KEY_ID_BYTES);

/**
 * Secrets at rest: AES-256-GCM under a key of one instance. The place of the field (table, row, column) is authenticated with it, so
 * that a sealed value moved to another row does not open; neither does one of another instance.
 */
export interface SecretsEnvelope {
  /** @param place `table|row|column` */
  seal(place: string, plain: Uint8Array): Buffer;
  /**
   * @throws UnknownSecretKeyError when it names a key that is not here
   * @throws Error when the value was changed, moved, or sealed under another key.
   */
  open(place: string, sealed: Uint8Array): Buffer;
}

/** The keys of an instance as they change; it knows a change after two seconds, or when it meets a key that it does not know. */
export interface Secrets {
  seal(place: string, plain: Uint8Array): Promise<Buffer>;
  /** @throws what `SecretsEnvelope.open` throws */
  open(place: string, sealed: Uint8Array): Promise<Buffer>;
  /** For many values in a row. */
  envelope(): Promise<SecretsEnvelope>;
}

export class UnknownSecretKeyError extends Error {
  override readonly name = 'UnknownSecretKeyError';
}

export interface SecretKeys {
  readonly instanceId: string;
  /** Those from which the first form derives its key: the one that seals first. */
  readonly masterKeys: readonly Uint8Array[];
  /** By their ids. */
  readonly keys?: ReadonlyMap<string, Uint8Array>;
  /** The one that seals; without it the first form does. */
  readonly currentId?: string | undefined;
}

/**
 * Two forms: `1`, nonce, tag, ciphertext under a key derived from the master key, which releases before 0.3 read; and `2`, the id
 * of a key, nonce, tag, ciphertext.
 */
export function createKeyRing({ instanceId, masterKeys, keys = new Map(), currentId }: SecretKeys): SecretsEnvelope {
  const derived = [keys.get(DERIVED_KEY_ID), ...masterKeys.map((each) => deriveInstanceKey(each, instanceId))];
  const derivedKeys = derived.filter((key) => key !== undefined);
  const keyedContext = (place: string) => `${instanceId}|${place}`;
  return {
    seal(place, plain) {
      const key = currentId === undefined ? derivedKeys[0] : keys.get(currentId);
      if (key === undefined) throw new UnknownSecretKeyError(`the key ${currentId} that seals ${place} is not here`);
      if (currentId === undefined) return sealBytes(key, Buffer.of(DERIVED_FORM), place, plain);
      const head = Buffer.concat([Buffer.of(KEYED_FORM), Buffer.from(currentId, 'hex')]);
      return sealBytes(key, head, keyedContext(place), plain);
    },
    open(place, sealed) {
      if (sealed[0] === DERIVED_FORM) {
        for (const key of derivedKeys) {
          const plain = openBytes(key, 1, place, sealed);
          if (plain !== undefined) return plain;
        }
        throw unopened(place);
      }
      const id = sealedKeyId(sealed);
      if (id === undefined) throw new Error(`the sealed value at ${place} is not in a form that this version knows`);
      const key = keys.get(id);
      if (key === undefined) {
        throw new UnknownSecretKeyError(`the sealed value at ${place} does not open: its key ${id} is not here`);
      }
      const plain = openBytes(key, KEYED_HEAD_BYTES, keyedContext(place), sealed);
      if (plain === undefined) throw unopened(place);
      return plain;
    },
  };
}

/** @param masterKey 32 bytes; the envelope of an instance that has no keys of its own yet */
export function createSecretsEnvelope(masterKey: Uint8Array, instanceId: string): SecretsEnvelope {
  return createKeyRing({ instanceId, masterKeys: [masterKey] });
}

/** The id of the key under which it was sealed; undefined in another form. */
export function sealedKeyId(sealed: Uint8Array): string | undefined {
  if (sealed[0] !== KEYED_FORM || sealed.length < KEYED_HEAD_BYTES) return undefined;
  return Buffer.from(sealed.subarray(1, KEYED_HEAD_BYTES)).toString('hex');
}

/** RFC 5869 */
export function deriveInstanceKey(masterKey: Uint8Array, instanceId: string): Buffer {
  if (masterKey.length !== SECRET_KEY_BYTES) {
    throw new Error(`a master key has ${SECRET_KEY_BYTES} bytes, not ${masterKey.length}`);
  }
  return Buffer.from(hkdfSync('sha256', masterKey, '', `roadstead instance ${instanceId}`, SECRET_KEY_BYTES));
}

function unopened(place: string): Error {
  return new Error(`the sealed value at ${place} does not open: it was changed, moved or sealed under another key`);
}
