import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDigest } from './digest.ts';
import { isTag, parseFallbackTag, parseReference, parseTag, referrersFallbackTag } from './reference.ts';

const HEX_64 = 'ab'.repeat(32);
const SHA256 = parseDigest(`sha256:${HEX_64}`);
const SHA512 = parseDigest(`sha512:${HEX_64}${'cd'.repeat(32)}`);

describe('a tag', () => {
  it.each(['latest', '1.2.3', '_x', 'v1.0.0_build-5', 'A', '0', '__', `sha256-${HEX_64}.sig`, 'a'.repeat(128)])(
    'may be %j',
    (tag) => {
      expect(parseTag(tag)).toBe(tag);
    },
  );

  it.each(['', '.', '..', '-a', '.a', 'a/b', 'a+b', 'a b', 'a\n', 'a%2f', 'é', 'a'.repeat(129), 'a\0', '\u212a'])(
    'may not be %j',
    (tag) => {
      expect(isTag(tag)).toBe(false);
      expect(() => parseTag(tag)).toThrow(expect.objectContaining({ code: 'TAG_INVALID', status: 400 }));
    },
  );
});

describe('a reference', () => {
  it('is a digest when it holds a colon, else a tag', () => {
    expect(parseReference('1.0')).toEqual({ kind: 'tag', tag: '1.0' });
    expect(parseReference(SHA256)).toEqual({ kind: 'digest', digest: SHA256 });
  });

  it.each(['sha256:baddigeststring', 'md5:00', ':', 'a:b'])('%j is a bad digest, never a tag', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID', status: 400 }));
  });
});

describe('a referrers fallback tag', () => {
  it('is cut as the tag schema says', () => {
    expect(referrersFallbackTag(SHA256)).toBe(`sha256-${HEX_64}`);
    expect(referrersFallbackTag(SHA512)).toBe(`sha512-${HEX_64}`);
  });

  it('gives the subject back for sha256, and its beginning for sha512', () => {
    expect(parseFallbackTag(referrersFallbackTag(SHA256))).toEqual({
      algorithm: 'sha256',
      hexPrefix: HEX_64,
      digest: SHA256,
    });
    expect(parseFallbackTag(referrersFallbackTag(SHA512))).toEqual({ algorithm: 'sha512', hexPrefix: HEX_64 });
  });

  it.each(['sig', 'att', 'sbom'])('is told apart from the %s tag of cosign', (suffix) => {
    expect(parseFallbackTag(`sha256-${HEX_64}.${suffix}`)).toMatchObject({ digest: SHA256, suffix });
  });

  it.each([
    'latest',
    'sha256',
    `sha256-${HEX_64}0`,
    `sha256-${HEX_64.toUpperCase()}`,
    `sha256-${HEX_64}.`,
    `sha1-${HEX_64}`,
    `x-sha256-${HEX_64}`,
  ])('is not %j', (tag) => {
    expect(parseFallbackTag(tag)).toBeUndefined();
  });

  it('is a tag for every digest', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (hash) => {
        const digest = parseDigest(`sha512:${Buffer.from(hash).toString('hex')}`);
        expect(isTag(referrersFallbackTag(digest))).toBe(true);
      }),
    );
  });
});
