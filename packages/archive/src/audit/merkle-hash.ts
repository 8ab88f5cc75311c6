import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

const LEAF_PREFIX = Buffer.of(0x00);
const NODE_PREFIX = Buffer.of(0x01);

/** RFC 6962 §2.1: the hash of a leaf. */
export function hashLeaf(input: string | Uint8Array): Buffer {
  return sha256(Buffer.concat([LEAF_PREFIX, typeof input === 'string' ? Buffer.from(input) : input]));
}

/** RFC 6962 §2.1: the hash of two subtrees. */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.concat([NODE_PREFIX, left, right]));
}

/** The root of a tree without leaves. */
export function hashNothing(): Buffer {
  return sha256(Buffer.alloc(0));
}

export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
