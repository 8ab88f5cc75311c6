import { hashLeaf, sha256 } from './merkle-hash.ts';

export const SALT_BYTES = 16;

/** What the log keeps of an entry for ever, also when the entry itself is erased. */
export interface AuditLeaf {
  /** The entry's number in the instance's journal. */
  readonly id: number;
  /** Milliseconds UTC. */
  readonly at: number;
  /** SHA-256 of the salt and the payload. */
  readonly payloadHash: Uint8Array;
}

/** Without the salt nobody can try out what an erased payload may have been. */
export function hashPayload(salt: Uint8Array, payload: string): Buffer {
  return sha256(Buffer.concat([salt, Buffer.from(payload)]));
}

/** What is hashed as a leaf of the tree. */
export function leafText({ id, at, payloadHash }: AuditLeaf): string {
  return `roadstead audit entry v1\n${id}\n${at}\n${Buffer.from(payloadHash).toString('hex')}\n`;
}

export function hashAuditLeaf(leaf: AuditLeaf): Buffer {
  return hashLeaf(leafText(leaf));
}
