import { createHash, randomBytes } from 'node:crypto';
import { ObjectNotFoundError, UploadDamagedError, UploadNotFoundError } from '../blob-storage.ts';
import { unquoted } from './etags.ts';
import { readBytes } from './read-bytes.ts';
import type { MultipartRef, ObjectBody, S3Bucket } from './s3-bucket.ts';
import { SourceChangedError } from './s3-errors.ts';
import type { S3Names } from './s3-names.ts';
import type { Part, Tail } from './s3-upload-state.ts';

const RANDOM_BYTES = 8;

/**
 * The ends of open uploads: objects under names that were never used before. Their bytes become part of an object inside the
 * store. Where a store's tags are MD5, as most are, the copy's tag must be the tail's; that a copy was to be made of a
 * certain version only, not every store heeds.
 */
export class S3Tails {
  readonly #bucket: S3Bucket;
  readonly #names: S3Names;

  constructor(bucket: S3Bucket, names: S3Names) {
    this.#bucket = bucket;
    this.#names = names;
  }

  /** @returns undefined when there is nothing to write */
  async write(uploadId: string, bytes: Uint8Array): Promise<Tail | undefined> {
    if (bytes.byteLength === 0) return undefined;
    const name = `${this.#names.tails(uploadId)}${randomBytes(RANDOM_BYTES).toString('hex')}`;
    const md5 = createHash('md5').update(bytes).digest('hex');
    const etag = await this.#bucket.putObject(name, bytes);
    return { name, etag, sizeBytes: bytes.byteLength, isMd5: unquoted(etag) === md5 };
  }

  /** @throws UploadNotFoundError; UploadDamagedError */
  async read({ name, etag, sizeBytes }: Tail): Promise<Uint8Array> {
    const check = (body: ObjectBody) => {
      if (body.etag !== etag || body.objectBytes !== sizeBytes) throw damaged(name);
    };
    try {
      const pieces: Uint8Array[] = [];
      for await (const piece of readBytes(this.#bucket, name, { start: 0, end: sizeBytes }, { check }))
        pieces.push(piece);
      return Buffer.concat(pieces);
    } catch (error) {
      throw error instanceof ObjectNotFoundError ? new UploadNotFoundError(error.message, { cause: error }) : error;
    }
  }

  /** @throws UploadNotFoundError; UploadDamagedError; MultipartNotFoundError */
  async copyToPart(tail: Tail, multipart: MultipartRef, number: number): Promise<Part> {
    const { name, etag, sizeBytes } = tail;
    const part = await this.#copy(tail, () =>
      this.#bucket.copyPart(multipart, number, { name, etag, start: 0, end: sizeBytes }),
    );
    assertSameBytes(tail, part.etag);
    return part;
  }

  /** @throws UploadNotFoundError; UploadDamagedError, and then there is no such object */
  async copyToObject(tail: Tail, object: string): Promise<void> {
    const copied = await this.#copy(tail, () => this.#bucket.copyObject(tail.name, object, tail));
    try {
      assertSameBytes(tail, copied);
      if ((await this.#bucket.findObjectSize(object)) !== tail.sizeBytes) throw damaged(tail.name);
    } catch (error) {
      await this.#bucket.deleteObject(object).catch(() => undefined);
      throw error;
    }
  }

  /** One that stays is found when its upload is over. */
  async deleteReplaced(name: string | undefined): Promise<void> {
    if (name !== undefined) await this.#bucket.deleteObject(name).catch(() => undefined);
  }

  async #copy<Copied>({ name }: Tail, copy: () => Promise<Copied>): Promise<Copied> {
    try {
      return await copy();
    } catch (error) {
      if (!(error instanceof SourceChangedError)) throw error;
      throw error.isGone ? new UploadNotFoundError(`there is no tail ${name}`, { cause: error }) : damaged(name, error);
    }
  }
}

function assertSameBytes({ name, etag, isMd5 }: Tail, copied: string): void {
  if (isMd5 && unquoted(copied) !== unquoted(etag)) throw damaged(name);
}

function damaged(name: string, cause?: unknown): UploadDamagedError {
  return new UploadDamagedError(`the tail ${name} is not what was acknowledged`, { cause });
}
