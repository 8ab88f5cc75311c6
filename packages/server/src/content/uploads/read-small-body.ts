import { createHash } from 'node:crypto';
import { type Digest, type DigestAlgorithm, OciError } from '@roadstead/oci';
import { abortableBody } from '../../kernel/abortable-body.ts';
import { finishHash } from './running-hashes.ts';
import type { UploadBody } from './uploads.ts';

/** A body that is announced as no larger is held in memory until it is whole. */
const SMALL_BODY_BYTES = 256 * 1024;

export interface SmallBody {
  readonly pieces: readonly Uint8Array[];
  readonly sizeBytes: number;
  /** In the order of the algorithms. */
  readonly digests: readonly Digest[];
}

export function isSmallBody(body: UploadBody): boolean {
  return body.sizeBytes !== undefined && body.sizeBytes <= SMALL_BODY_BYTES;
}

/** Reads a small body to its end. @throws OciError SIZE_INVALID when it has more bytes or fewer than were announced */
export async function readSmallBody(body: UploadBody, algorithms: readonly DigestAlgorithm[]): Promise<SmallBody> {
  const hashes = algorithms.map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of abortableBody(body.pieces, body.signal)) {
    sizeBytes += piece.length;
    if (sizeBytes > (body.sizeBytes ?? 0)) break;
    pieces.push(piece);
    for (const { hash } of hashes) hash.update(piece);
  }
  assertAnnouncedSize(body, sizeBytes);
  return { pieces, sizeBytes, digests: hashes.map(({ algorithm, hash }) => finishHash(algorithm, hash)) };
}

/** @throws OciError SIZE_INVALID */
export function assertAnnouncedSize({ sizeBytes: announced }: UploadBody, receivedBytes: number): void {
  if (announced === undefined || receivedBytes === announced) return;
  throw new OciError('SIZE_INVALID', `The body has ${receivedBytes} bytes, and ${announced} were announced.`);
}
