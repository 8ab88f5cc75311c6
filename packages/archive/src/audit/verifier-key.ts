import { createPublicKey, type KeyObject } from 'node:crypto';
import { decodeBase64 } from '@roadstead/oci';
import { sha256 } from './merkle-hash.ts';

/** A public key of an audit log, as C2SP signed-note writes it: `<name>+<key hash>+<base64>`. */
export interface VerifierKey {
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly keyHash: string;
  readonly text: string;
  readonly publicKey: KeyObject;
}

const ED25519 = 0x01;
const RAW_BYTES = 32;
const FORM = /^([^\s+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/;

/** @param raw the 32 bytes of an Ed25519 public key */
export function formatVerifierKey(name: string, raw: Uint8Array): string {
  const typed = Buffer.concat([Buffer.of(ED25519), raw]);
  return `${name}+${hashKey(name, typed)}+${typed.toString('base64')}`;
}

/** @throws Error that says what is wrong with it */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name, keyHash, encoded] = FORM.exec(text) ?? [];
  if (name === undefined || keyHash === undefined || encoded === undefined)
    throw new Error('it is not of the form NAME+HASH+KEY');
  const typed = Buffer.from(decodeBase64(encoded) ?? []);
  if (typed[0] !== ED25519 || typed.length !== 1 + RAW_BYTES) throw new Error('it is not an Ed25519 key');
  if (hashKey(name, typed) !== keyHash) throw new Error('its hash is not that of its name and key');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: typed.subarray(1).toString('base64url') };
  return { name, keyHash, text, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** Undefined when it is no such key. */
export function findVerifierKey(text: string): VerifierKey | undefined {
  try {
    return parseVerifierKey(text);
  } catch {
    return undefined;
  }
}

function hashKey(name: string, typed: Uint8Array): string {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), typed]))
    .subarray(0, 4)
    .toString('hex');
}
