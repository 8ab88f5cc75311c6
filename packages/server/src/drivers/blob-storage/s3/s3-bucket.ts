import type { Readable } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import type { BucketPlace } from './explain-s3-failure.ts';
import { hasName, MultipartNotFoundError, SourceChangedError, statusOf, translateS3Error } from './s3-errors.ts';
import type { Part } from './s3-upload-state.ts';

export interface S3BucketInit {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  readonly place: BucketPlace;
  readonly encryption: S3Encryption | undefined;
}

/** What the store encrypts objects with; of `aws:kms` the key may be named. */
export interface S3Encryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  readonly keyId?: string;
}

/** A multipart upload: the name of the object that it will be, and the store's own id. */
export interface MultipartRef {
  readonly name: string;
  readonly id: string;
}

/** Bytes of an object: `start` inclusive, `end` exclusive and after it. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface PartSource extends ByteRange {
  readonly name: string;
  /** The tag that the object had; any will do where it is absent. */
  readonly etag?: string;
}

export interface ObjectHead {
  readonly sizeBytes: number;
  readonly etag: string;
}

export interface ObjectBody {
  readonly stream: Readable;
  readonly etag: string;
  /** Of the whole object, whatever range was asked for. */
  readonly objectBytes: number;
}

/** What an object has to be that is copied. */
export interface CopyCondition {
  readonly sizeBytes: number;
  readonly etag?: string;
}

/** What a deletion of many has left. */
export interface KeptObject {
  readonly name: string;
  readonly error: unknown;
}

/** So many objects one call deletes at most. */
const DELETE_BATCH = 1_000;
/** Larger objects are copied in pieces. */
const MAX_COPY_BYTES = 5 * 1024 ** 3;
const COPY_PART_BYTES = 1024 ** 3;
const CORRUPTED_ATTEMPTS = 3;

/**
 * The calls of one bucket that a registry needs. Where the store failed or said nothing they are tried again, with jittered
 * back-off, so each may have been carried out more than once; that is harmless, since names of objects are fresh and parts
 * are numbered. The SHA-256 of a body is part of what is signed, and every store compares it with what came.
 */
export class S3Bucket {
  readonly place: BucketPlace;
  readonly #sdk: typeof Sdk;
  readonly #client: Sdk.S3Client;
  readonly #bucket: string;
  readonly #encryption: { readonly ServerSideEncryption?: Sdk.ServerSideEncryption; readonly SSEKMSKeyId?: string };

  constructor({ sdk, client, place, encryption }: S3BucketInit) {
    this.#sdk = sdk;
    this.#client = client;
    this.place = place;
    this.#bucket = place.bucket;
    const { algorithm, keyId } = encryption ?? {};
    this.#encryption = { ...(algorithm && { ServerSideEncryption: algorithm }), ...(keyId && { SSEKMSKeyId: keyId }) };
  }

  /** Replaces what is there. @returns the object's tag */
  async putObject(name: string, body: Uint8Array, signal?: AbortSignal): Promise<string> {
    const command = new this.#sdk.PutObjectCommand({ ...this.#at(name), ...this.#encryption, Body: body });
    const { ETag = '' } = await must(
      whileCorrupted(() => this.#client.send(command, toOptions(signal))),
      signal,
    );
    return ETag;
  }

  /** @returns false when the name is taken; a store that knows no conditions replaces what is there */
  async createObject(name: string, body: Uint8Array): Promise<boolean> {
    const input = { ...this.#at(name), ...this.#encryption, Body: body, IfNoneMatch: '*' };
    try {
      await whileCorrupted(() => this.#client.send(new this.#sdk.PutObjectCommand(input)));
      return true;
    } catch (error) {
      if (statusOf(error) !== 412) throw translateS3Error(error);
      // An attempt before this one may have stored it, and only its answer was lost.
      return isRepeated(error) && (await this.findObjectSize(name)) === body.byteLength;
    }
  }

  async findObject(name: string): Promise<ObjectHead | undefined> {
    const head = await find(this.#client.send(new this.#sdk.HeadObjectCommand(this.#at(name))));
    return head === undefined ? undefined : { sizeBytes: head.ContentLength ?? 0, etag: head.ETag ?? '' };
  }

  async findObjectSize(name: string): Promise<number | undefined> {
    return (await this.findObject(name))?.sizeBytes;
  }

  /** @returns undefined when there is no such object @throws RangeError when it ends before the range begins */
  async getObject(name: string, range: ByteRange, signal?: AbortSignal): Promise<ObjectBody | undefined> {
    const command = new this.#sdk.GetObjectCommand({ ...this.#at(name), Range: toRange(range) });
    const got = await find(this.#client.send(command, toOptions(signal)), signal);
    if (got?.Body === undefined) return undefined;
    const objectBytes = Number(got.ContentRange?.split('/')[1] ?? got.ContentLength);
    return { stream: got.Body as Readable, etag: got.ETag ?? '', objectBytes };
  }

  /** @returns the copy's tag @throws SourceChangedError */
  async copyObject(from: string, to: string, { sizeBytes, etag }: CopyCondition): Promise<string> {
    if (sizeBytes > MAX_COPY_BYTES) return this.#copyInPieces(from, to, sizeBytes);
    const source = { CopySource: this.#source(from), ...(etag !== undefined && { CopySourceIfMatch: etag }) };
    const command = new this.#sdk.CopyObjectCommand({ ...this.#at(to), ...this.#encryption, ...source });
    const { CopyObjectResult } = await copied(this.#client.send(command), from);
    return CopyObjectResult?.ETag ?? '';
  }

  /** Names of which there is no object count as deleted. @returns those that could not be deleted, and why */
  async deleteObjects(names: readonly string[]): Promise<readonly KeptObject[]> {
    const kept: KeptObject[] = [];
    for (let start = 0; start < names.length; start += DELETE_BATCH) {
      const batch = names.slice(start, start + DELETE_BATCH);
      kept.push(...(await this.#deleteBatch(batch).catch((error: unknown) => batch.map((name) => ({ name, error })))));
    }
    return kept;
  }

  async #deleteBatch(names: readonly string[]): Promise<readonly KeptObject[]> {
    const Objects = names.map((Key) => ({ Key }));
    const command = new this.#sdk.DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } });
    const { Errors = [] } = await must(this.#client.send(command));
    return Errors.filter(({ Code }) => Code !== 'NoSuchKey').map(({ Key = '', Code, Message }) => ({
      name: Key,
      error: new Error(`the object storage kept ${Key}: ${Code} ${Message ?? ''}`),
    }));
  }

  /** Resolves also when there is none. */
  async deleteObject(name: string): Promise<void> {
    await find(this.#client.send(new this.#sdk.DeleteObjectCommand(this.#at(name))));
  }

  async *listNames(prefix: string, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    let token: string | undefined;
    do {
      signal?.throwIfAborted();
      const input = { Bucket: this.#bucket, Prefix: prefix, ...(token && { ContinuationToken: token }) };
      const page = await must(this.#client.send(new this.#sdk.ListObjectsV2Command(input), toOptions(signal)), signal);
      for (const { Key } of page.Contents ?? []) {
        signal?.throwIfAborted();
        if (Key !== undefined) yield Key;
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      if (page.IsTruncated === true && token === undefined) throw new Error('the object storage broke its list off');
    } while (token !== undefined);
  }

  async createMultipart(name: string, signal?: AbortSignal): Promise<string> {
    const command = new this.#sdk.CreateMultipartUploadCommand({ ...this.#at(name), ...this.#encryption });
    const { UploadId } = await must(this.#client.send(command, toOptions(signal)), signal);
    if (UploadId === undefined) throw new Error('the object storage gave a multipart upload no id');
    return UploadId;
  }

  /** A second part of the same number replaces the first. @throws MultipartNotFoundError */
  async putPart(multipart: MultipartRef, number: number, body: Uint8Array, signal?: AbortSignal): Promise<Part> {
    const command = new this.#sdk.UploadPartCommand({ ...this.#of(multipart), PartNumber: number, Body: body });
    const { ETag = '' } = await must(
      whileCorrupted(() => this.#client.send(command, toOptions(signal))),
      signal,
    );
    return { etag: ETag, sizeBytes: body.byteLength };
  }

  /** Makes a part of bytes that an object has. @throws MultipartNotFoundError; SourceChangedError */
  async copyPart(multipart: MultipartRef, number: number, source: PartSource): Promise<Part> {
    const command = new this.#sdk.UploadPartCopyCommand({
      ...this.#of(multipart),
      PartNumber: number,
      CopySource: this.#source(source.name),
      CopySourceRange: toRange(source),
      ...(source.etag !== undefined && { CopySourceIfMatch: source.etag }),
    });
    const { CopyPartResult } = await copied(this.#client.send(command), source.name);
    return { etag: CopyPartResult?.ETag ?? '', sizeBytes: source.end - source.start };
  }

  /** @returns the object's tag @throws MultipartNotFoundError when it is not open, also because an earlier call has completed it */
  async completeMultipart(multipart: MultipartRef, parts: readonly Part[]): Promise<string> {
    const Parts = parts.map(({ etag }, index) => ({ ETag: etag, PartNumber: index + 1 }));
    const input = { ...this.#of(multipart), MultipartUpload: { Parts } };
    const { ETag = '' } = await must(this.#client.send(new this.#sdk.CompleteMultipartUploadCommand(input)));
    return ETag;
  }

  async hasMultipart(multipart: MultipartRef): Promise<boolean> {
    const command = new this.#sdk.ListPartsCommand({ ...this.#of(multipart), MaxParts: 1 });
    return (await find(this.#client.send(command))) !== undefined;
  }

  /** Resolves also when there is none. */
  async abortMultipart(multipart: MultipartRef): Promise<void> {
    await find(this.#client.send(new this.#sdk.AbortMultipartUploadCommand(this.#of(multipart))));
  }

  async *listMultiparts(prefix: string, signal?: AbortSignal): AsyncGenerator<MultipartRef, void, undefined> {
    let markers = {};
    for (;;) {
      signal?.throwIfAborted();
      const command = new this.#sdk.ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix, ...markers });
      const page = await must(this.#client.send(command, toOptions(signal)), signal);
      for (const { Key, UploadId } of page.Uploads ?? []) {
        signal?.throwIfAborted();
        if (Key !== undefined && UploadId !== undefined) yield { name: Key, id: UploadId };
      }
      if (page.IsTruncated !== true) return;
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #copyInPieces(from: string, to: string, sizeBytes: number): Promise<string> {
    const multipart = { name: to, id: await this.createMultipart(to) };
    try {
      const parts: Part[] = [];
      for (let start = 0; start < sizeBytes; start += COPY_PART_BYTES) {
        const end = Math.min(start + COPY_PART_BYTES, sizeBytes);
        parts.push(await this.copyPart(multipart, parts.length + 1, { name: from, start, end }));
      }
      return await this.completeMultipart(multipart, parts);
    } catch (error) {
      await this.abortMultipart(multipart).catch(() => undefined);
      throw error;
    }
  }

  #at(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: name };
  }

  #of({ name, id }: MultipartRef) {
    return { ...this.#at(name), UploadId: id };
  }

  #source(name: string): string {
    return `${this.#bucket}/${name.split('/').map(encodeURIComponent).join('/')}`;
  }
}

/** Tries again what the store has refused because its bytes were changed on their way; the SDK would not. */
async function whileCorrupted<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= CORRUPTED_ATTEMPTS || !hasName(error, 'XAmzContentSHA256Mismatch', 'BadDigest')) throw error;
    }
  }
}

/** The answer of a call. @throws the signal's reason when that is why there is none; else what `translateS3Error` says */
async function must<Answer>(call: Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    signal?.throwIfAborted();
    throw translateS3Error(error);
  }
}

/** The answer of a call, or undefined when there is nothing of that name. */
async function find<Answer>(call: Promise<Answer>, signal?: AbortSignal): Promise<Answer | undefined> {
  try {
    return await must(call, signal);
  } catch (error) {
    if (error instanceof MultipartNotFoundError || isAbsent(error)) return undefined;
    throw error;
  }
}

/** The answer of a call that copies. @throws SourceChangedError */
async function copied<Answer>(call: Promise<Answer>, from: string): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (!hasName(error, 'NoSuchKey', 'PreconditionFailed', 'InvalidRange')) throw translateS3Error(error);
    throw new SourceChangedError(from, error);
  }
}

/** A bucket that is not there is another matter. */
function isAbsent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return statusOf(cause) === 404 && hasName(cause, 'NoSuchKey', 'NotFound');
}

function isRepeated(error: unknown): boolean {
  const { attempts = 1 } = (error as { readonly $metadata?: { readonly attempts?: number } }).$metadata ?? {};
  return attempts > 1;
}

function toOptions(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

function toRange({ start, end }: ByteRange): string {
  return `bytes=${start}-${end - 1}`;
}
