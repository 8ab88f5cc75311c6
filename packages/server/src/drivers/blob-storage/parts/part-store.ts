import { createHash } from 'node:crypto';

/** As S3 has it: every part but the last of a completed upload has at least this size. */
export const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;

export interface PartReference {
  readonly number: number;
  readonly sizeBytes: number;
  readonly etag: string;
}

/**
 * An object store in memory that can do no more than S3: objects are put whole, grow by numbered parts otherwise, and are
 * never renamed; parts cannot be read; a completion names every part with its tag, and is refused when one is wrong.
 */
export class PartStore {
  readonly #objects = new Map<string, Uint8Array>();
  readonly #multiparts = new Map<string, { readonly name: string; readonly parts: Map<number, Uint8Array> }>();
  readonly #completed = new Map<string, string>();
  #multipartCount = 0;

  /** Stored bytes that belong to no object: parts of open uploads. */
  get openParts(): number {
    return [...this.#multiparts.values()].reduce((count, { parts }) => count + parts.size, 0);
  }

  /** @param name what the multipart upload is listed under */
  createMultipart(name: string): string {
    const multipartId = `multipart-${++this.#multipartCount}`;
    this.#multiparts.set(multipartId, { name, parts: new Map() });
    return multipartId;
  }

  /** The open multipart uploads whose names begin so; several may have one name. */
  listMultiparts(prefix: string): { readonly multipartId: string; readonly name: string }[] {
    const all = [...this.#multiparts].map(([multipartId, { name }]) => ({ multipartId, name }));
    return all.filter(({ name }) => name.startsWith(prefix));
  }

  hasMultipart(multipartId: string): boolean {
    return this.#multiparts.has(multipartId);
  }

  /** A second part of the same number replaces the first. */
  putPart(multipartId: string, number: number, bytes: Uint8Array): PartReference {
    const parts = this.#multiparts.get(multipartId)?.parts;
    if (parts === undefined) throw new Error('NoSuchUpload');
    if (number < 1 || number > MAX_PARTS) throw new Error('InvalidArgument: part number');
    parts.set(number, Uint8Array.from(bytes));
    return { number, sizeBytes: bytes.byteLength, etag: etagOf(bytes) };
  }

  completeMultipart(multipartId: string, references: readonly PartReference[], key: string): void {
    const parts = this.#multiparts.get(multipartId)?.parts;
    if (parts === undefined) throw new Error('NoSuchUpload');
    if (references.length === 0) throw new Error('MalformedXML: no parts');
    const pieces = references.map((reference, index) => {
      const bytes = parts.get(reference.number);
      if (bytes === undefined || etagOf(bytes) !== reference.etag) throw new Error('InvalidPart');
      if (reference.number <= (references[index - 1]?.number ?? 0)) throw new Error('InvalidPartOrder');
      if (index < references.length - 1 && bytes.byteLength < MIN_PART_BYTES) throw new Error('EntityTooSmall');
      return bytes;
    });
    this.#objects.set(key, Buffer.concat(pieces));
    this.#multiparts.delete(multipartId);
    this.#completed.set(multipartId, key);
  }

  /** The name of the object that the multipart upload became; an object store has it from the beginning. */
  findCompletedName(multipartId: string): string | undefined {
    return this.#completed.get(multipartId);
  }

  abortMultipart(multipartId: string): void {
    this.#multiparts.delete(multipartId);
  }

  putObject(key: string, bytes: Uint8Array): string {
    this.#objects.set(key, Uint8Array.from(bytes));
    return etagOf(bytes);
  }

  findObject(key: string): Uint8Array | undefined {
    return this.#objects.get(key);
  }

  copyObject(from: string, to: string): void {
    const bytes = this.#objects.get(from);
    if (bytes === undefined) throw new Error('NoSuchKey');
    this.#objects.set(to, bytes);
  }

  deleteObject(key: string): void {
    this.#objects.delete(key);
  }

  listKeys(prefix: string): string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix));
  }

  clear(): void {
    this.#objects.clear();
    this.#multiparts.clear();
    this.#completed.clear();
  }
}

/** What the store answers for stored bytes, and what its reader compares. */
export function etagOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
