import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { notFoundError } from '../cli-error.ts';
import type { BlobRange } from '../registry/read-blob.ts';
import { listTarEntries } from './read-tar.ts';

/** The files of an image layout, in a folder or inside a tar. Names are relative, with `/`. */
export interface LayoutFiles extends AsyncDisposable {
  /** Bytes of the file; undefined if there is none. */
  findSize(name: string): Promise<number | undefined>;
  read(name: string, range: BlobRange): AsyncIterable<Uint8Array>;
}

const READ_BYTES = 256 * 1024;

/** Throws not found (3) if there is neither a folder nor a file. */
export async function openLayoutFiles(location: string): Promise<LayoutFiles> {
  const found = await stat(location).catch(() => undefined);
  if (!found)
    throw notFoundError(`${location} does not exist`, { remedy: 'give the folder or the tar of an OCI image layout' });
  return found.isDirectory() ? openFolder(location) : openTar(location);
}

function openFolder(folder: string): LayoutFiles {
  return {
    async findSize(name) {
      const found = await stat(path.join(folder, name)).catch(() => undefined);
      return found?.isFile() ? found.size : undefined;
    },
    read: (name, range) => readRange(path.join(folder, name), range),
    async [Symbol.asyncDispose]() {},
  };
}

async function openTar(file: string): Promise<LayoutFiles> {
  const handle: FileHandle = await open(file, 'r');
  const entries = await listTarEntries(handle, file).finally(() => handle.close());
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    findSize: async (name) => byName.get(name)?.byteCount,
    read(name, range) {
      const startByte = byName.get(name)?.startByte ?? 0;
      return readRange(file, { startByte: startByte + range.startByte, endByte: startByte + range.endByte });
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function* readRange(file: string, { startByte, endByte }: BlobRange): AsyncGenerator<Uint8Array> {
  if (endByte <= startByte) return;
  // The end of createReadStream belongs to the range.
  yield* createReadStream(file, { start: startByte, end: endByte - 1, highWaterMark: READ_BYTES });
}
