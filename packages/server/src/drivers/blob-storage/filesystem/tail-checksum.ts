import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** The largest block of a filesystem that is in use. */
const TAIL_BYTES = 64 * 1024;

// One for the process: whoever uses it is done with it before anything else runs.
const tail = Buffer.alloc(TAIL_BYTES);

/**
 * The CRC-32 of the last bytes (64 KiB at most) before `sizeBytes` in an open file.
 *
 * A filesystem may make a new length durable before the bytes at its end, where they lie in a block that the file has
 * already: ext4 orders only the data of new blocks before the journal's commit. After a power cut such a file is as long as it
 * was, and ends in zeros.
 * @returns undefined when the file has fewer bytes than that
 */
export function tailChecksum(fd: number, sizeBytes: number): number | undefined {
  const length = Math.min(TAIL_BYTES, sizeBytes);
  let offset = 0;
  // They were just written, or are about to be read: this waits for no disk, or for one block of it.
  while (offset < length) {
    const count = readSync(fd, tail, offset, length - offset, sizeBytes - length + offset);
    if (count === 0) return undefined;
    offset += count;
  }
  return crc32(tail.subarray(0, length));
}
