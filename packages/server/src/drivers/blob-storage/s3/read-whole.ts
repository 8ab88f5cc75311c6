import type { Readable } from 'node:stream';

/** Reads a stream of so many bytes. @throws Error when it has fewer or more */
export async function readWhole(stream: Readable, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  let position = 0;
  for await (const piece of stream) {
    if (position + piece.length <= sizeBytes) bytes.set(piece, position);
    position += piece.length;
  }
  if (position !== sizeBytes) throw new Error(`the object storage sent ${position} bytes instead of ${sizeBytes}`);
  return bytes;
}
