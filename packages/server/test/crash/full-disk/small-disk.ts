import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

const PIECE_SIZES = [1 << 20, 1 << 16, 1 << 12];

/** A small file system that others fill up beside the server's data. */
export class SmallDisk {
  readonly folder: string;
  readonly dataDir: string;
  readonly #filler: string;

  constructor(folder: string) {
    this.folder = folder;
    this.dataDir = path.join(folder, 'data');
    this.#filler = path.join(folder, 'filler');
  }

  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  freeInodes(): number {
    return statfsSync(this.folder).ffree;
  }

  /** Takes room that is given back with the rest. */
  take(bytes: number): void {
    writeFileSync(this.#filler, Buffer.alloc(bytes, 1), { flag: 'a' });
  }

  /** Takes what is left, to the last byte. */
  takeLastByte(): void {
    const descriptor = openSync(this.#filler, 'a');
    try {
      for (const size of PIECE_SIZES) while (isWritten(descriptor, Buffer.alloc(size, 1)));
    } finally {
      closeSync(descriptor);
    }
  }

  /** Takes the names that are left, with files that hold nothing. */
  takeLastInode(): void {
    mkdirSync(`${this.#filler}.d`, { recursive: true });
    try {
      for (let index = 0; ; index += 1) closeSync(openSync(`${this.#filler}.d/${index}`, 'wx'));
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }

  /** Gives all of that back. */
  giveBack(): void {
    rmSync(this.#filler, { force: true });
    rmSync(`${this.#filler}.d`, { recursive: true, force: true });
  }
}

function isWritten(descriptor: number, bytes: Buffer): boolean {
  try {
    return writeSync(descriptor, bytes) === bytes.length;
  } catch (error) {
    if (isFull(error)) return false;
    throw error;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}
