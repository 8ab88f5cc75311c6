import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';

export interface TarSearch {
  /** By which name a file is wanted, from its path in the archive; undefined: it is not. */
  readonly wants: (path: string) => string | undefined;
  /** It ends when this many were found. */
  readonly count: number;
  /** A wanted file with more is left out. */
  readonly maxFileBytes: number;
}

/** What an archive may cost, whatever its layer says. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
const MAX_ENTRIES = 10_000;
const MAX_PATH_HEADER_BYTES = 16 * 1024;
const BLOCK_BYTES = 512;
const GZIP_MAGIC = Buffer.of(0x1f, 0x8b);

/**
 * Single files of a tar archive, compressed by gzip or not, that a stranger has made: it is read as a stream, nothing is written
 * anywhere, and it ends at the limits above, or where it stops to be an archive, with what was found until then.
 */
export async function readTarFiles(
  pieces: AsyncIterable<Uint8Array>,
  search: TarSearch,
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const reader = new ByteReader(unpack(pieces));
  try {
    await walk(reader, search, found);
  } catch (error) {
    if (!isDamage(error)) throw error;
  } finally {
    await reader.close();
  }
  return found;
}

async function walk(reader: ByteReader, search: TarSearch, found: Map<string, Buffer>): Promise<void> {
  const { Header } = await import('tar/header');
  const { Pax } = await import('tar/pax');
  const parse = (block: Buffer) => orDamaged(() => new Header(block, 0));
  let longPath: string | undefined;
  for (let entry = 0; entry < MAX_ENTRIES && found.size < search.count; entry += 1) {
    const block = await reader.read(BLOCK_BYTES);
    const header = block.length === BLOCK_BYTES ? parse(block) : undefined;
    if (header === undefined || header.nullBlock || !header.cksumValid) return;
    const size = header.size ?? 0;
    if (!Number.isSafeInteger(size) || size < 0) return;
    const padding = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
    const isLongPath = header.type === 'NextFileHasLongPath';
    if (header.type === 'ExtendedHeader' || isLongPath) {
      if (size > MAX_PATH_HEADER_BYTES) return;
      const text = (await reader.read(size)).toString();
      longPath = isLongPath
        ? text.replace(/\0.*$/s, '')
        : (orDamaged(() => Pax.parse(text, undefined, false).path) ?? longPath);
    } else {
      const isFile = header.type === 'File' || header.type === 'OldFile' || header.type === 'ContiguousFile';
      const name = isFile ? search.wants(longPath ?? header.path ?? '') : undefined;
      longPath = undefined;
      const isWanted = name !== undefined && !found.has(name) && size <= search.maxFileBytes;
      if (isWanted) found.set(name, await reader.read(size));
      else if (!(await reader.skip(size))) return;
    }
    if (!(await reader.skip(padding))) return;
  }
}

async function* unpack(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(pieces);
  try {
    const start = await reader.read(GZIP_MAGIC.length);
    const all = restOf(start, reader);
    if (!start.equals(GZIP_MAGIC)) {
      yield* limited(all);
      return;
    }
    const source = Readable.from(all);
    const gunzip = createGunzip();
    source.on('error', (error) => gunzip.destroy(error));
    source.pipe(gunzip);
    try {
      yield* limited(gunzip);
    } finally {
      source.destroy();
      gunzip.destroy();
    }
  } finally {
    await reader.close();
  }
}

const READ_BYTES = 64 * 1024;

async function* restOf(start: Buffer, reader: ByteReader): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  for (;;) {
    const bytes = await reader.read(READ_BYTES);
    if (bytes.length > 0) yield bytes;
    if (bytes.length < READ_BYTES) return;
  }
}

async function* limited(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = MAX_UNPACKED_BYTES;
  for await (const piece of pieces) {
    left -= piece.length;
    if (left < 0) return;
    yield piece;
  }
}

/** What is no header makes the library throw, or is one with numbers that cannot be. */
function orDamaged<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new DamagedArchive('this is no tar archive', { cause });
  }
}

class DamagedArchive extends Error {}

/** Of the archive, not of the storage. */
function isDamage(error: unknown): boolean {
  if (error instanceof DamagedArchive) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}
