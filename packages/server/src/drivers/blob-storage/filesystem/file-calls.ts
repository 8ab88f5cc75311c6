import fs from 'node:fs';

/**
 * The calls of the system on a file, by the number that it is open under. A `FileHandle` does the same at nearly twice the
 * cost for a small blob (open, read and close: 35 µs against 20 µs of one core). In exchange nothing closes a file that
 * was forgotten: whoever opens one closes it in a `finally`, once, and never while another call on it is under way.
 */
export function openFile(path: string, flags: number, mode?: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, mode, (error, fd) => (error === null ? resolve(fd) : reject(error)));
  });
}

/** @returns how many bytes were read; 0 at the end of the file */
export function readAt(fd: number, buffer: Uint8Array, at: FilePart): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, at.offset, at.length, at.position, (error, count) =>
      error === null ? resolve(count) : reject(error),
    );
  });
}

export interface FilePart {
  /** Where in the buffer the bytes go. */
  readonly offset: number;
  readonly length: number;
  /** Where in the file they come from. */
  readonly position: number;
}

/** @returns how many bytes were written: a medium that is filling up takes fewer than it was given */
export function writeAt(fd: number, pieces: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(fd, pieces, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

export function sizeOfFile(fd: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.fstat(fd, (error, stats) => (error === null ? resolve(stats.size) : reject(error)));
  });
}

export function truncateFile(fd: number, sizeBytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.ftruncate(fd, sizeBytes, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** fdatasync(2) */
export function syncData(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** fsync(2) */
export function syncAll(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

export function closeFile(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.close(fd, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Closes a file that was opened for reading. On a local disk this returns at once, and a turn through the thread pool less
 * makes a small read a third cheaper; but the last reader of a large file that was deleted meanwhile waits for the removal,
 * so those close with `closeFile`. Never throws.
 */
export function closeSmallRead(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {}
}

/** In bytes; undefined when there is no such file. */
export function findFileSize(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    fs.stat(path, (error, stats) => {
      if (error === null) resolve(stats.size);
      else if (error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
  });
}

/** Removes a file, if there is one. */
export function removeFile(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.unlink(path, (error) => (error === null || error.code === 'ENOENT' ? resolve() : reject(error)));
  });
}
