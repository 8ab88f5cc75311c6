import { type Descriptor, type Digest, parseContentRange } from '@roadstead/oci';
import { verificationError } from '../cli-error.ts';
import { createNetworkError, isTransientNetworkError } from './network-error.ts';
import { describeReference, type Repository } from './repository.ts';
import { createResponseError } from './response-error.ts';
import { openStallWatchdog } from './stall-watchdog.ts';

/** A half-open range of bytes. */
export interface BlobRange {
  readonly startByte: number;
  readonly endByte: number;
}

const STALL_MS = 60_000;
/** How often in a row a download may break without a byte arriving. */
const MAX_FRUITLESS_ATTEMPTS = 5;

export async function hasBlob(repository: Repository, digest: Digest): Promise<boolean> {
  const target = `/v2/${repository.name}/blobs/${digest}`;
  const response = await repository.connection.send({ method: 'HEAD', target, scopes: repository.scopes });
  await response.body?.cancel();
  if (response.status === 200) return true;
  if (response.status === 404) return false;
  throw await createResponseError(response, `look for a blob in ${describeReference(repository)}`);
}

/**
 * The bytes of a range of a blob. A connection that breaks or stalls is replaced, and the rest is asked for by `Range`.
 * The caller checks the digest.
 */
export async function* readBlob(
  repository: Repository,
  blob: Descriptor,
  range: BlobRange,
): AsyncGenerator<Uint8Array> {
  let position = range.startByte;
  for (let fruitless = 0; position < range.endByte; ) {
    const before = position;
    using watchdog = openStallWatchdog(STALL_MS);
    const parts = readPart(repository, blob, { startByte: position, endByte: range.endByte }, watchdog.signal);
    try {
      for (;;) {
        const next = await parts.next();
        if (next.done) break;
        watchdog.touch();
        position += next.value.byteLength;
        yield next.value;
      }
    } catch (error) {
      const transient = isTransientNetworkError(error, { hasAnswered: true });
      fruitless = position > before ? 1 : fruitless + 1;
      if (!transient || fruitless > MAX_FRUITLESS_ATTEMPTS) {
        throw createNetworkError(new URL(repository.connection.server.origin), error);
      }
      await repository.connection.pause(fruitless);
    } finally {
      await parts.return(undefined);
    }
  }
}

async function* readPart(
  repository: Repository,
  blob: Descriptor,
  { startByte, endByte }: BlobRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const isWhole = startByte === 0 && endByte === blob.size;
  const response = await repository.connection.send({
    method: 'GET',
    target: `/v2/${repository.name}/blobs/${blob.digest}`,
    scopes: repository.scopes,
    headers: { accept: `${blob.mediaType}, */*`, ...(isWhole ? {} : { range: `bytes=${startByte}-${endByte - 1}` }) },
    signal,
  });
  const name = describeReference(repository, blob.digest);
  if (response.status !== 200 && response.status !== 206) throw await createResponseError(response, `read ${name}`);
  const served = parseContentRange(response.headers.get('content-range') ?? '');
  // A server that does not know ranges sends the blob from its first byte on.
  let position = response.status === 206 ? (served?.start ?? startByte) : 0;
  for await (const part of response.body ?? []) {
    const from = Math.max(0, startByte - position);
    const to = Math.min(part.byteLength, endByte - position);
    position += part.byteLength;
    if (to > from) yield part.subarray(from, to);
    if (position > blob.size) {
      throw verificationError(`${name} is longer than its manifest says`, { why: `${blob.size} bytes were expected` });
    }
  }
  if (position < endByte) throw new BodyTooShortError(`the answer ended after ${position} of ${endByte} bytes`);
}

/** Content-Length catches most broken bodies; this is for those that end without one. */
class BodyTooShortError extends Error {
  override readonly name = 'BodyTooShortError';
  readonly code = 'ECONNRESET';
}
