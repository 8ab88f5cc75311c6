import { setTimeout as delay } from 'node:timers/promises';
import { ObjectNotFoundError } from '../blob-storage.ts';
import type { ByteRange, ObjectBody, S3Bucket } from './s3-bucket.ts';

/** How often in a row a read goes on without having got a byte. */
const MAX_BREAKS = 4;
const MAX_WAIT_MS = 400;

/**
 * The bytes of an object. When the connection breaks it goes on where it was, with a new one: objects do not change.
 * @param range not empty
 * @param check looks at what each answer says of the object, and throws when it is not the right one
 * @throws ObjectNotFoundError before the first piece; Error when the object is shorter, or the store breaks off again and again
 */
export async function* readBytes(
  bucket: S3Bucket,
  name: string,
  { start, end }: ByteRange,
  { signal, check }: { readonly signal?: AbortSignal | undefined; readonly check?: (body: ObjectBody) => void } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  let position = start;
  for (let breaks = 0; position < end; ) {
    const body = await bucket.getObject(name, { start: position, end }, signal);
    if (body === undefined) throw new ObjectNotFoundError(`there is no object ${name}`);
    try {
      check?.(body);
      if (body.objectBytes < end)
        throw new RangeError(`the object ${name} ends at byte ${body.objectBytes}, too early`);
    } catch (error) {
      body.stream.destroy();
      throw error;
    }
    let cause: unknown;
    try {
      for await (const piece of body.stream as AsyncIterable<Uint8Array>) {
        breaks = 0;
        position += piece.byteLength;
        yield piece;
      }
    } catch (error) {
      cause = error;
    }
    signal?.throwIfAborted();
    if (position >= end) return;
    breaks += 1;
    if (breaks > MAX_BREAKS) throw new Error(`the store breaks off before byte ${position} of ${name}`, { cause });
    // Whoever has got something goes on at once.
    if (breaks > 1) await delay(Math.random() * MAX_WAIT_MS);
  }
}
