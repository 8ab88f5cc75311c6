import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { FreshBlob } from './fresh-blob.ts';

const MIB = 1024 * 1024;

it('has the digest of its bytes, and another each time', () => {
  const blobs = [new FreshBlob(3 * MIB), new FreshBlob(3 * MIB)];
  for (const blob of blobs) {
    const bytes = Buffer.concat([...blob.pieces()]);
    expect(bytes.length).toBe(3 * MIB);
    expect(blob.digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  }
  expect(blobs[0]?.digest).not.toBe(blobs[1]?.digest);
});

it('frames the same bytes as chunks', () => {
  const blob = new FreshBlob(2 * MIB);
  const framed = Buffer.concat([...blob.framedPieces()]);
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = framed.indexOf('\r\n', at);
    const size = Number.parseInt(framed.toString('latin1', at, lineEnd), 16);
    if (size === 0) {
      expect(framed.subarray(at).toString()).toBe('0\r\n\r\n');
      break;
    }
    chunks.push(framed.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  expect(Buffer.concat(chunks).equals(Buffer.concat([...blob.pieces()]))).toBe(true);
});

it('refuses a size that its pieces do not make up', () => {
  expect(() => new FreshBlob(MIB + 1)).toThrow(RangeError);
  expect(() => new FreshBlob(0)).toThrow(RangeError);
});
