import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { multipartRanges } from './multipart-ranges.ts';

const CONTENT = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 251));

async function* readContent(start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += 100) yield CONTENT.subarray(at, Math.min(at + 100, end));
}

describe('a body of several ranges', () => {
  it('is exactly as long as it announces, whatever the ranges', async () => {
    const range = fc
      .tuple(fc.nat(999), fc.nat(999))
      .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) + 1 }));
    await fc.assert(
      fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 16 }), async (ranges) => {
        const body = multipartRanges({ ranges, sizeBytes: 1_000, boundary: 'mark', read: readContent });
        const pieces: Buffer[] = [];
        for await (const piece of body.pieces) pieces.push(Buffer.from(piece));
        expect(Buffer.concat(pieces).length).toBe(body.lengthBytes);
      }),
      { numRuns: 50 },
    );
  });

  it('names each range and the whole, and ends with the closing mark', async () => {
    const ranges = [
      { start: 0, end: 2 },
      { start: 998, end: 1_000 },
    ];
    const body = multipartRanges({ ranges, sizeBytes: 1_000, boundary: 'mark', read: readContent });
    const pieces: Buffer[] = [];
    for await (const piece of body.pieces) pieces.push(Buffer.from(piece));
    expect(body.contentType).toBe('multipart/byteranges; boundary=mark');
    const text = Buffer.concat(pieces).toString('latin1');
    expect(text.split('--mark')).toHaveLength(4);
    expect(text).toContain('Content-Range: bytes 0-1/1000\r\n\r\n\u0000\u0001\r\n--mark');
    expect(text).toContain('Content-Range: bytes 998-999/1000\r\n\r\n');
    expect(text.endsWith('\r\n--mark--\r\n')).toBe(true);
  });
});
