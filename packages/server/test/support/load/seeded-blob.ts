import { createCipheriv, hash } from 'node:crypto';
import type { LedgerBlob } from '../ledger/ledger-event.ts';

/** Bytes that look random and are the same for the same seed; those of a shorter blob are the beginning of a longer one's. */
export function makeBytes({ seed, sizeBytes }: Pick<LedgerBlob, 'seed' | 'sizeBytes'>): Buffer {
  const key = hash('sha256', seed, 'buffer');
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

export function describeBlob(seed: string, sizeBytes: number): LedgerBlob {
  return { seed, sizeBytes, digest: digestOf(makeBytes({ seed, sizeBytes })) };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes, 'hex')}`;
}
