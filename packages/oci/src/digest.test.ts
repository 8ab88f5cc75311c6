import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createDigest,
  digestAlgorithm,
  digestFromBytes,
  digestHex,
  digestToBytes,
  isDigest,
  parseDigest,
  parseDigestAlgorithm,
} from './digest.ts';

const HEX_64 = '0123456789abcdef'.repeat(4);
const HEX_128 = HEX_64.repeat(2);

describe('a digest', () => {
  it('of either algorithm is taken apart', () => {
    expect(digestAlgorithm(parseDigest(`sha256:${HEX_64}`))).toBe('sha256');
    expect(digestAlgorithm(parseDigest(`sha512:${HEX_128}`))).toBe('sha512');
    expect(digestHex(parseDigest(`sha512:${HEX_128}`))).toBe(HEX_128);
    expect(createDigest('sha256', HEX_64)).toBe(`sha256:${HEX_64}`);
  });

  it.each([
    ['', /not a digest/],
    ['latest', /not a digest/],
    ['sha256:baddigeststring', /64 hexadecimal digits, and this one has 15/],
    [`sha256:${HEX_64.toUpperCase()}`, /lower-case/],
    [`sha256:${HEX_64}0`, /has 65/],
    [`sha256:${HEX_64}\n`, /has 65/],
    [` sha256:${HEX_64}`, /not supported/],
    [`sha512:${HEX_64}`, /128 hexadecimal digits/],
    [`SHA256:${HEX_64}`, /use sha256 or sha512/],
    [`sha384:${'0'.repeat(96)}`, /"sha384" is not supported: use sha256 or sha512/],
    [`md5:${'0'.repeat(32)}`, /use sha256 or sha512/],
    [`:${HEX_64}`, /use sha256 or sha512/],
    [`sha256:${HEX_64.slice(1)}g`, /0-9 and the lower-case letters a-f/],
    [
      `sha256:../../../../../../../../../../../../../../../../../../etc/passwd12`,
      /lower-case letters|hexadecimal digits/,
    ],
  ])('%j is refused with a sentence that says why', (text, sentence) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID', status: 400 }));
    expect(() => parseDigest(text)).toThrow(sentence);
  });

  it('of a megabyte is not repeated in the message', () => {
    expect(() => parseDigest('x'.repeat(1_000_000))).toThrow(/^.{0,250}$/);
  });

  it.each(['sha256', 'sha512'] as const)('of %s survives its stored form, whatever the content', (algorithm) => {
    fc.assert(
      fc.property(fc.uint8Array(), (content) => {
        const digest = createDigest(algorithm, createHash(algorithm).update(content).digest('hex'));
        const stored = digestToBytes(digest);
        expect(stored[0]).toBe(algorithm === 'sha256' ? 1 : 2);
        expect(Buffer.from(stored.subarray(1)).toString('hex')).toBe(digestHex(digest));
        expect(digestFromBytes(stored)).toBe(digest);
      }),
    );
  });

  it.each([
    [[]],
    [[1]],
    [[0, ...Array(32).fill(1)]],
    [[3, ...Array(32).fill(1)]],
    [[1, ...Array(64).fill(1)]],
    [[2, ...Array(32).fill(1)]],
  ])('is not read from bytes that are none (%#)', (bytes) => {
    expect(() => digestFromBytes(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID' }));
  });

  it('algorithm is one of two', () => {
    expect(parseDigestAlgorithm('sha512')).toBe('sha512');
    expect(() => parseDigestAlgorithm('blake3')).toThrow(
      expect.objectContaining({ code: 'DIGEST_INVALID', status: 400 }),
    );
    expect(() => parseDigestAlgorithm('constructor')).toThrow(/not supported/);
  });
});
