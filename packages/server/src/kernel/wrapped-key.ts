import { createHmac, hkdfSync } from 'node:crypto';
import { openBytes, SECRET_KEY_BYTES, sealBytes } from './sealed-bytes.ts';

const VERSION = 1;
const MASTER_ID_BYTES = 8;
const HEAD_BYTES = 1 + MASTER_ID_BYTES;

/** Which key of which instance. */
export interface WrappedPlace {
  readonly instanceId: string;
  readonly keyId: string;
}

/** What tells master keys apart, and says nothing of them. */
export function masterKeyIdOf(masterKey: Uint8Array): string {
  assertKey(masterKey);
  const digest = createHmac('sha256', masterKey).update('roadstead master key id').digest();
  return digest.subarray(0, MASTER_ID_BYTES).toString('hex');
}

/** Seals a key of an instance with a master key; base64. */
export function wrapKey(masterKey: Uint8Array, place: WrappedPlace, key: Uint8Array): string {
  const head = Buffer.concat([Buffer.of(VERSION), Buffer.from(masterKeyIdOf(masterKey), 'hex')]);
  return sealBytes(wrappingKeyOf(masterKey), head, contextOf(place), key).toString('base64');
}

/** @returns undefined when none of the master keys has wrapped it, or it was changed or is another instance's */
export function unwrapKey(masterKeys: readonly Uint8Array[], place: WrappedPlace, wrapped: string): Buffer | undefined {
  const master = masterKeys.find((each) => isWrappedBy(each, wrapped));
  if (master === undefined) return undefined;
  const key = openBytes(wrappingKeyOf(master), HEAD_BYTES, contextOf(place), Buffer.from(wrapped, 'base64'));
  return key?.length === SECRET_KEY_BYTES ? key : undefined;
}

export function isWrappedBy(masterKey: Uint8Array, wrapped: string): boolean {
  const bytes = Buffer.from(wrapped, 'base64');
  return bytes[0] === VERSION && bytes.subarray(1, HEAD_BYTES).toString('hex') === masterKeyIdOf(masterKey);
}

/** The master key itself seals nothing (RFC 5869). */
function wrappingKeyOf(masterKey: Uint8Array): Buffer {
  assertKey(masterKey);
  return Buffer.from(hkdfSync('sha256', masterKey, '', 'roadstead key wrapping', SECRET_KEY_BYTES));
}

function contextOf({ instanceId, keyId }: WrappedPlace): string {
  return `key|${instanceId}|${keyId}`;
}

function assertKey(masterKey: Uint8Array): void {
  if (masterKey.length === SECRET_KEY_BYTES) return;
  throw new Error(`a master key has ${SECRET_KEY_BYTES} bytes, not ${masterKey.length}`);
}
