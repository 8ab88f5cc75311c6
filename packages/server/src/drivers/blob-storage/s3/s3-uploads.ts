import { randomBytes } from 'node:crypto';
import { abortableBody } from '../../../kernel/abortable-body.ts';
import { type AppendOptions, UploadDamagedError, UploadNotFoundError, type UploadState } from '../blob-storage.ts';
import { assertStorageName } from '../storage-name.ts';
import { tagOfParts, unquoted } from './etags.ts';
import { MultipartOpening, toRef } from './multipart-opening.ts';
import type { PartBuffers } from './part-buffers.ts';
import { PartWriter } from './part-writer.ts';
import type { MultipartRef, ObjectHead, S3Bucket } from './s3-bucket.ts';
import { MultipartNotFoundError, PartsRefusedError } from './s3-errors.ts';
import type { S3Names } from './s3-names.ts';
import { S3Tails } from './s3-tails.ts';
import {
  heldBytes,
  isWholeState,
  type Multipart,
  NEW_UPLOAD,
  type S3UploadState,
  type Tail,
  toS3UploadState,
} from './s3-upload-state.ts';

const RANDOM_BYTES = 8;

export interface S3UploadsDeps {
  readonly bucket: S3Bucket;
  readonly names: S3Names;
  readonly buffers: PartBuffers;
}

/**
 * The uploads of an S3 storage. Full parts go into a multipart upload of the store's, which is begun with the first of them
 * and has the object's name; what is less lies in a tail, an object of its own, which becomes the last part or, where it is
 * all there is, the object. No byte comes back through this process when an upload is completed.
 *
 * Each append writes its tail under a fresh name, because the caller may still hold the state before it. The tail that
 * it replaces is deleted by the append after that, when the caller has shown that it holds the newer state.
 */
export class S3Uploads {
  readonly #deps: S3UploadsDeps;
  readonly #tails: S3Tails;

  constructor(deps: S3UploadsDeps) {
    this.#deps = deps;
    this.#tails = new S3Tails(deps.bucket, deps.names);
  }

  create(uploadId: string): S3UploadState {
    assertStorageName('upload id', uploadId);
    return NEW_UPLOAD;
  }

  async append(
    uploadId: string,
    state: UploadState,
    body: AsyncIterable<Uint8Array>,
    { signal, onBytes, onEnd, release }: AppendOptions,
  ): Promise<S3UploadState> {
    const old = getHeldState(uploadId, state);
    signal?.throwIfAborted();
    const { bucket, buffers, names } = this.#deps;
    const opening = new MultipartOpening(
      this.#deps,
      () => names.uploadKey(uploadId, randomBytes(RANDOM_BYTES).toString('hex')),
      old.multipart,
    );
    const writer = new PartWriter(old.parts, {
      buffers,
      release,
      putPart: async (number, bytes, aborted) => bucket.putPart(await opening.open(aborted), number, bytes, aborted),
    });
    try {
      if (old.tail !== undefined) await writer.write(await this.#tails.read(old.tail));
      let size = old.size;
      for await (const piece of abortableBody(body, signal)) {
        onBytes?.(piece);
        size += piece.byteLength;
        const room = writer.write(piece);
        if (room !== undefined) await room;
      }
      onEnd?.();
      const { parts, rest } = await writer.finish();
      if (parts.length === old.parts.length) await this.#assertOpen(old);
      const tail = await this.#tails.write(uploadId, rest);
      signal?.throwIfAborted();
      await this.#tails.deleteReplaced(old.replacedTail);
      return toState({ size, parts, tail, multipart: opening.multipart, replacedTail: old.tail?.name });
    } catch (error) {
      await writer.cancel();
      await opening.abandon();
      throw error instanceof MultipartNotFoundError ? notFound(uploadId, error) : error;
    }
  }

  /** @returns the key of the object, of the two that it may have */
  async complete(uploadId: string, state: UploadState, key: string): Promise<string> {
    const { bucket, names } = this.#deps;
    const name = names.object(key);
    const held = getHeldState(uploadId, state);
    if (heldBytes(held) !== held.size) throw damaged(uploadId);
    const { multipart, tail } = held;
    if (multipart !== undefined) {
      await this.#completeMultipart(uploadId, { ...held, multipart });
      return multipart.key;
    }
    if (tail === undefined) await bucket.putObject(name, new Uint8Array());
    else await this.#tails.copyToObject(tail, name);
    return key;
  }

  async abort(uploadId: string, state: UploadState): Promise<void> {
    assertStorageName('upload id', uploadId);
    const { bucket, names } = this.#deps;
    if (!isWholeState(state)) return this.#abortListed(uploadId);
    const { multipart, tail, replacedTail } = toS3UploadState(state);
    if (multipart !== undefined) await bucket.abortMultipart(toRef(multipart, names));
    for (const name of [tail?.name, replacedTail]) if (name !== undefined) await bucket.deleteObject(name);
  }

  async *list(signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    const { bucket, names } = this.#deps;
    const seen = new Set<string>();
    const isNew = (id: string | undefined): id is string => {
      if (id === undefined || seen.has(id)) return false;
      seen.add(id);
      return true;
    };
    for await (const { name } of bucket.listMultiparts(names.objectsPrefix, signal)) {
      const id = names.findMultipartsUpload(name);
      if (isNew(id)) yield id;
    }
    for await (const name of bucket.listNames(names.tailsPrefix, signal)) {
      const id = names.findTailsUpload(name);
      if (isNew(id)) yield id;
    }
  }

  /** Finds what there is by its name: an orphan has no state any more. What a listing misses is no more than waste. */
  async #abortListed(uploadId: string): Promise<void> {
    const { bucket, names } = this.#deps;
    for await (const multipart of bucket.listMultiparts(names.object(uploadId))) {
      if (names.findMultipartsUpload(multipart.name) === uploadId) await bucket.abortMultipart(multipart);
    }
    for await (const name of bucket.listNames(names.tails(uploadId))) await bucket.deleteObject(name);
  }

  async #completeMultipart(uploadId: string, held: S3UploadState & { readonly multipart: Multipart }): Promise<void> {
    const { bucket, names } = this.#deps;
    const { parts, tail } = held;
    const ref = toRef(held.multipart, names);
    const failure = await this.#tryToComplete(ref, { parts, tail }).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    // Also where the call failed: it may have been carried out, now or in an earlier life.
    const object = await bucket.findObject(ref.name);
    if (object === undefined) throw await this.#whyNotCompleted(uploadId, ref, failure?.error);
    const isOurs = object.sizeBytes === held.size && (failure === undefined || isOfParts(object, held));
    if (!isOurs) throw damaged(uploadId, failure?.error);
  }

  async #whyNotCompleted(uploadId: string, ref: MultipartRef, error: unknown): Promise<unknown> {
    if (error instanceof UploadNotFoundError || error instanceof UploadDamagedError) return error;
    if (error instanceof PartsRefusedError) return damaged(uploadId, error);
    // Some stores say of an upload that was aborted no more than that they failed.
    const isOpen = !(error instanceof MultipartNotFoundError) && (await this.#deps.bucket.hasMultipart(ref));
    return isOpen && error !== undefined ? error : notFound(uploadId, error);
  }

  async #tryToComplete(
    ref: MultipartRef,
    { parts, tail }: Pick<S3UploadState, 'parts'> & { readonly tail: Tail | undefined },
  ): Promise<void> {
    const { bucket } = this.#deps;
    const all = [...parts];
    if (tail !== undefined) all.push(await this.#tails.copyToPart(tail, ref, parts.length + 1));
    await bucket.completeMultipart(ref, all);
  }

  /** Of an upload that was ended meanwhile the store would take a tail all the same. */
  async #assertOpen({ multipart }: S3UploadState): Promise<void> {
    const { bucket, names } = this.#deps;
    if (multipart === undefined || (await bucket.hasMultipart(toRef(multipart, names)))) return;
    throw new MultipartNotFoundError('the multipart upload is not open any more');
  }
}

/**
 * Whether the object has these parts. Another process may have completed the upload with other bytes of the same number,
 * and died; where the tags do not tell, the client has to begin again.
 */
function isOfParts(object: ObjectHead, { parts, tail }: S3UploadState): boolean {
  const tailTag = tail === undefined ? [] : [tail.isMd5 ? tail.etag : ''];
  return tagOfParts([...parts.map(({ etag }) => etag), ...tailTag]) === unquoted(object.etag);
}

function toState({
  size,
  parts,
  multipart,
  tail,
  replacedTail,
}: {
  readonly size: number;
  readonly parts: S3UploadState['parts'];
  readonly multipart: Multipart | undefined;
  readonly tail: Tail | undefined;
  readonly replacedTail: string | undefined;
}): S3UploadState {
  return {
    size,
    parts,
    ...(multipart && { multipart }),
    ...(tail && { tail }),
    ...(replacedTail !== undefined && { replacedTail }),
  };
}

/** @throws UploadNotFoundError when it is not the state of an upload that this driver has stored something of */
function getHeldState(uploadId: string, state: UploadState): S3UploadState {
  assertStorageName('upload id', uploadId);
  const held = toS3UploadState(state);
  if (held.size > 0 && held.multipart === undefined && held.tail === undefined) throw notFound(uploadId);
  return held;
}

function notFound(uploadId: string, cause?: unknown): UploadNotFoundError {
  return new UploadNotFoundError(`there is no upload ${uploadId}`, { cause });
}

function damaged(uploadId: string, cause?: unknown): UploadDamagedError {
  return new UploadDamagedError(`the upload ${uploadId} is damaged: the store does not have what it acknowledged`, {
    cause,
  });
}
