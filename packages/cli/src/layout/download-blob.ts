import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Descriptor, digestAlgorithm, digestHex } from '@roadstead/oci';
import { verificationError } from '../cli-error.ts';
import type { ContentSource } from '../transfer/content-source.ts';
import { syncFolder } from '../write-file-atomically.ts';

export interface DownloadOptions {
  /** Where the blob shall be. */
  readonly file: string;
  /** Where it grows meanwhile; the beginning of an earlier, interrupted download is continued. */
  readonly partialFolder: string;
  readonly onBytes: (byteCount: number) => void;
}

/**
 * Brings a blob into `file`, which appears only when it is complete and has the digest.
 * Throws a verification error (6) and keeps nothing if the content is another.
 */
export async function downloadBlob(
  blob: Descriptor,
  source: ContentSource,
  options: DownloadOptions,
): Promise<'present' | 'transferred'> {
  const found = await stat(options.file).catch(() => undefined);
  if (found?.size === blob.size && (await hasDigest(options.file, blob))) return 'present';
  const partial = path.join(options.partialFolder, `${digestAlgorithm(blob.digest)}-${digestHex(blob.digest)}`);
  for (;;) {
    const { hex, resumed } = await fillPartial(partial, blob, source, options.onBytes);
    if (hex === digestHex(blob.digest)) break;
    await rm(partial, { force: true });
    // The earlier bytes may be at fault: they get one more chance, without them.
    if (!resumed) throw createMismatch(blob, source, hex);
    options.onBytes(-blob.size);
  }
  await rename(partial, options.file);
  await syncFolder(path.dirname(options.file));
  return 'transferred';
}

async function fillPartial(
  partial: string,
  blob: Descriptor,
  source: ContentSource,
  onBytes: (byteCount: number) => void,
): Promise<{ hex: string; resumed: boolean }> {
  const hash = createHash(digestAlgorithm(blob.digest));
  await using handle = await open(partial, 'a');
  const startByte = await hashExisting(handle, partial, blob, hash);
  onBytes(startByte);
  for await (const part of source.readBlob(blob, { startByte, endByte: blob.size })) {
    hash.update(part);
    await writeAll(handle, part);
    onBytes(part.byteLength);
  }
  await handle.sync();
  return { hex: hash.digest('hex'), resumed: startByte > 0 };
}

/** The bytes that are there already; none if they are more than the blob has. */
async function hashExisting(handle: FileHandle, partial: string, blob: Descriptor, hash: Hash): Promise<number> {
  const { size } = await handle.stat();
  if (size > blob.size) {
    await handle.truncate(0);
    return 0;
  }
  if (size > 0) for await (const part of createReadStream(partial)) hash.update(part);
  return size;
}

async function writeAll(handle: FileHandle, part: Uint8Array): Promise<void> {
  for (let position = 0; position < part.byteLength; ) {
    const { bytesWritten } = await handle.write(part, position);
    position += bytesWritten;
  }
}

async function hasDigest(file: string, blob: Descriptor): Promise<boolean> {
  const hash = createHash(digestAlgorithm(blob.digest));
  for await (const part of createReadStream(file)) hash.update(part);
  return hash.digest('hex') === digestHex(blob.digest);
}

function createMismatch(blob: Descriptor, source: ContentSource, hex: string) {
  return verificationError(`a blob of ${source.name} is not what its digest says`, {
    why: `${blob.digest} was asked for, and the content has ${digestAlgorithm(blob.digest)}:${hex}`,
    remedy: 'do not use it; if a repetition gives the same, tell the operator of the server',
  });
}
