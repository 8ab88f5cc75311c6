import { describe, expect, it } from 'vitest';
import { parseDigest } from './digest.ts';
import { formatEntityTag, matchesDigest, parseEntityTags, satisfiesIfMatch, satisfiesIfNoneMatch } from './etag.ts';

const CURRENT = parseDigest(`sha256:${'1'.repeat(64)}`);
const OTHER = parseDigest(`sha256:${'2'.repeat(64)}`);

describe('entity tags', () => {
  it.each([
    ['*', '*'],
    [' * ', '*'],
    ['"a"', [{ weak: false, value: 'a' }]],
    ['W/"a"', [{ weak: true, value: 'a' }]],
    [
      '"a", W/"b" ,"c,d"',
      [
        { weak: false, value: 'a' },
        { weak: true, value: 'b' },
        { weak: false, value: 'c,d' },
      ],
    ],
    [CURRENT, [{ weak: false, value: CURRENT }]],
    [
      `${CURRENT},${OTHER}`,
      [
        { weak: false, value: CURRENT },
        { weak: false, value: OTHER },
      ],
    ],
    ['', []],
    ['""', []],
    [', ,', []],
  ])('of %j are read', (header, expected) => {
    expect(parseEntityTags(header)).toEqual(expected);
  });

  it('are quoted digests', () => {
    expect(formatEntityTag(CURRENT)).toBe(`"${CURRENT}"`);
    expect(matchesDigest(formatEntityTag(CURRENT), CURRENT, 'strong')).toBe(true);
  });
});

describe('If-Match', () => {
  it.each([
    [undefined, CURRENT, true],
    [null, undefined, true],
    ['*', CURRENT, true],
    ['*', undefined, false],
    [`"${CURRENT}"`, CURRENT, true],
    [CURRENT, CURRENT, true],
    [`"${OTHER}", "${CURRENT}"`, CURRENT, true],
    [`W/"${CURRENT}"`, CURRENT, false],
    [`"${OTHER}"`, CURRENT, false],
    [`"${CURRENT}"`, undefined, false],
    ['', CURRENT, false],
    ['*, "x"', CURRENT, false],
    [`"${CURRENT}x"`, CURRENT, false],
    [`"${CURRENT.toUpperCase()}"`, CURRENT, false],
  ])('%s on %s lets the request go on: %s', (header, digest, expected) => {
    expect(satisfiesIfMatch(header, digest)).toBe(expected);
  });
});

describe('If-None-Match', () => {
  it.each([
    [undefined, CURRENT, true],
    ['*', CURRENT, false],
    ['*', undefined, true],
    [`"${CURRENT}"`, CURRENT, false],
    [`W/"${CURRENT}"`, CURRENT, false],
    [CURRENT, CURRENT, false],
    [`"${OTHER}"`, CURRENT, true],
    [`"${CURRENT}"`, undefined, true],
    ['', CURRENT, true],
  ])('%s on %s lets the request go on: %s', (header, digest, expected) => {
    expect(satisfiesIfNoneMatch(header, digest)).toBe(expected);
  });
});
