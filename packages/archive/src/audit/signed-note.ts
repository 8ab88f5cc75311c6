import { type KeyObject, sign, verify } from 'node:crypto';
import type { VerifierKey } from './verifier-key.ts';

/** A text with signatures below it (C2SP signed-note). */
export interface SignedNote {
  /** With the line feed at its end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly keyHash: string;
  readonly signature: Buffer;
}

const HASH_BYTES = 4;
const SIGNATURE_LINE = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/;

/** @param text ends with a line feed */
export function signNote(text: string, key: Pick<VerifierKey, 'name' | 'keyHash'>, privateKey: KeyObject): string {
  const signature = sign(null, Buffer.from(text), privateKey);
  const encoded = Buffer.concat([Buffer.from(key.keyHash, 'hex'), signature]).toString('base64');
  return `${text}\n— ${key.name} ${encoded}\n`;
}

/** Undefined when it is no signed note. */
export function findNote(note: string): SignedNote | undefined {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of note.slice(split + 2, -1).split('\n')) {
    const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
    if (name === undefined || encoded === undefined) return undefined;
    const bytes = Buffer.from(encoded, 'base64');
    const keyHash = bytes.subarray(0, HASH_BYTES).toString('hex');
    signatures.push({ name, keyHash, signature: bytes.subarray(HASH_BYTES) });
  }
  return { text: note.slice(0, split + 1), signatures };
}

/** The one of these keys that has signed the note; signatures of others are nobody's business. */
export function findSigner({ text, signatures }: SignedNote, keys: readonly VerifierKey[]): VerifierKey | undefined {
  for (const { name, keyHash, signature } of signatures) {
    const key = keys.find((each) => each.name === name && each.keyHash === keyHash);
    if (key !== undefined && verify(null, Buffer.from(text), key.publicKey, signature)) return key;
  }
  return undefined;
}
