import { createHash, hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { ProductError } from '../../kernel/errors.ts';

/**
 * A record of the blob storage: gzip of lines of JSON, of which the first is the header and the others are rows. It says itself
 * what it is, and carries the checksum of its rows.
 */
export interface RecoveryRecord {
  readonly header: RecordHeader;
  /** `toRowLine` made them. */
  readonly lines: readonly string[];
}

export type RecordHeader = ChangesHeader | BasePartHeader | BaseEndHeader | HeadHeader;

interface CommonHeader {
  readonly instance: string;
  /** Records of one lineage belong together; another begins with a rebuilt or restored database. */
  readonly lineage: string;
  /** When what it holds was read from the database; milliseconds UTC. */
  readonly at: number;
}

/** Rows as they were when they were read, which had changed since the record before. */
export interface ChangesHeader extends CommonHeader {
  readonly kind: 'changes';
  /** From 1 on. */
  readonly seq: number;
  /** The one before: whoever reads this one knows that there was that one. */
  readonly previous: RecordRef | null;
  /** With this one, all records up to it are one state of the database. */
  readonly settled: boolean;
}

/** Some rows of a table, of all that there are. */
export interface BasePartHeader extends CommonHeader {
  readonly kind: 'base-part';
  readonly base: number;
  readonly part: number;
}

/** All rows, in parts that were read one after the other; with the changes after `after` they become one state. */
export interface BaseEndHeader extends CommonHeader {
  readonly kind: 'base-end';
  readonly base: number;
  readonly parts: readonly RecordRef[];
  /** The last changes before the first part was read. */
  readonly after: ChainLink | null;
  /** No state is whole before these changes: they were shipped when the last part had been read. */
  readonly settledSeq: number;
  /** Lineages that this one took over from. */
  readonly replaces: readonly string[];
}

/** What is the newest, in one record that is written again and again, so that nobody has to trust a list. */
export interface HeadHeader extends CommonHeader {
  readonly kind: 'head';
  readonly last: ChainLink | null;
  readonly base: RecordRef | null;
}

export interface RecordRef {
  readonly name: string;
  /** Of the record as it is stored, in hexadecimal. */
  readonly sha256: string;
}

/** A record of changes. */
export interface ChainLink extends RecordRef {
  readonly seq: number;
}

const FORMAT = 'roadstead-recovery';
const VERSION = 1;
/** Of a record when it is unpacked: what is larger is none of ours. */
const MAX_RECORD_BYTES = 512 * 1024 * 1024;

/** The record is not whole, or not what was written. */
export class RecordDamagedError extends Error {
  override readonly name = 'RecordDamagedError';
}

export async function packRecord({ header, lines }: RecoveryRecord): Promise<Buffer> {
  const packer = new RecordPacker();
  await packer.add(lines);
  return packer.end(header);
}

/**
 * Packs a record whose rows come some at a time, so that only their gzip is held. What is made is one gzip file of several
 * members (RFC 1952, section 2.2), which every reader takes for one text.
 */
export class RecordPacker {
  readonly #hash = createHash('sha256');
  readonly #members: Buffer[] = [];
  #lines = 0;

  get lines(): number {
    return this.#lines;
  }

  async add(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const text = `${lines.join('\n')}\n`;
    this.#hash.update(text);
    this.#lines += lines.length;
    this.#members.push(await promisify(gzip)(text));
  }

  /** Ends the record; nothing can be added any more. */
  async end(header: RecordHeader): Promise<Buffer> {
    const sha256 = this.#hash.digest('hex');
    const first = { format: FORMAT, version: VERSION, ...header, lines: this.#lines, sha256 };
    return Buffer.concat([await promisify(gzip)(`${JSON.stringify(first)}\n`), ...this.#members]);
  }
}

/** @throws RecordDamagedError; ProductError CONFLICT when a newer version wrote it */
export async function unpackRecord(name: string, bytes: Uint8Array): Promise<RecoveryRecord> {
  const text = await unzip(name, bytes);
  const end = text.indexOf('\n');
  const { format, version, sha256, lines, ...header } = parseHeader(name, text.slice(0, end));
  if (format !== FORMAT) throw new RecordDamagedError(`the record ${name} is not one of Roadstead's`);
  if (version !== VERSION) {
    throw new ProductError(
      'CONFLICT',
      `the record ${name} has the format ${version}, and this Roadstead knows ${VERSION}: a newer one wrote it, so rebuild with that one`,
    );
  }
  const body = text.slice(end + 1);
  if (end < 0 || hash('sha256', body) !== sha256) {
    throw new RecordDamagedError(`the record ${name} does not have the checksum that it was written with`);
  }
  return { header: header as RecordHeader, lines: lines === 0 ? [] : body.slice(0, -1).split('\n') };
}

export function checksumOf(bytes: Uint8Array): string {
  return hash('sha256', bytes);
}

interface StoredHeader {
  readonly format: unknown;
  readonly version: unknown;
  readonly sha256: string;
  readonly lines: number;
}

async function unzip(name: string, bytes: Uint8Array): Promise<string> {
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: MAX_RECORD_BYTES })).toString();
  } catch (cause) {
    throw new RecordDamagedError(`the record ${name} cannot be unpacked: it is cut short or changed`, { cause });
  }
}

function parseHeader(name: string, line: string): StoredHeader {
  try {
    return JSON.parse(line) as StoredHeader;
  } catch (cause) {
    throw new RecordDamagedError(`the record ${name} has no header`, { cause });
  }
}
