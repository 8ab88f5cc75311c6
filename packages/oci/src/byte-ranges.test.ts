import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUploadRange, parseByteRanges, parseContentRange } from './byte-ranges.ts';

describe('a Range header', () => {
  it.each([
    // From the OCI conformance suite, on 2,000 bytes or more.
    ['bytes=500-1499', 3000, [[500, 1500]]],
    ['bytes=500-', 3000, [[500, 3000]]],
    ['bytes=-500', 3000, [[2500, 3000]]],
    ['bytes=2000-5000', 3000, [[2000, 3000]]],
    // Others.
    ['bytes=0-0', 3, [[0, 1]]],
    ['bytes=2-', 3, [[2, 3]]],
    ['bytes=-9', 3, [[0, 3]]],
    ['bytes=0-', 3, [[0, 3]]],
    ['BYTES=0-1', 3, [[0, 2]]],
    ['bytes = 0-1', 3, [[0, 2]]],
    [
      'bytes=0-1,2-2',
      3,
      [
        [0, 2],
        [2, 3],
      ],
    ],
    [
      'bytes=2-2 , 0-0',
      3,
      [
        [2, 3],
        [0, 1],
      ],
    ],
    ['bytes=,0-0,,', 3, [[0, 1]]],
    ['bytes=0-0,7-9', 3, [[0, 1]]],
    ['bytes=0-99999999999999999999999', 3, [[0, 3]]],
    ['bytes=-99999999999999999999999', 3, [[0, 3]]],
    ['bytes=0000-0001', 3, [[0, 2]]],
    [
      `bytes=${Array.from({ length: 16 }, (_, i) => `${2 * i}-${2 * i}`).join(',')}`,
      100,
      Array.from({ length: 16 }, (_, i) => [2 * i, 2 * i + 1]),
    ],
  ])('%s of %i bytes is served in part', (header, sizeBytes, expected) => {
    expect(parseByteRanges(header, sizeBytes)).toEqual({
      kind: 'ranges',
      ranges: expected.map(([start, end]) => ({ start, end })),
    });
  });

  it.each([
    ['bytes=500-0', 3000],
    ['bytes=5000-10000', 3000],
    ['bytes=3-', 3],
    ['bytes=-0', 3],
    ['bytes=3-3,9-', 3],
    ['bytes=0-0,2-1', 3],
    ['bytes=99999999999999999999999-', 3],
    ['bytes=5-9', 0],
    ['bytes=-0', 0],
  ])('%s of %i bytes cannot be satisfied', (header, sizeBytes) => {
    expect(parseByteRanges(header, sizeBytes)).toEqual({ kind: 'unsatisfiable' });
  });

  it.each([
    [undefined, 3],
    [null, 3],
    ['', 3],
    ['bytes', 3],
    ['bytes=', 3],
    ['bytes=,', 3],
    ['bytes=-', 3],
    ['bytes=a-b', 3],
    ['bytes=0', 3],
    ['bytes=0-1-2', 3],
    ['bytes=0x0-1', 3],
    ['bytes=+0-1', 3],
    ['bytes=0-1;2-3', 3],
    ['items=0-1', 3],
    ['=0-1', 3],
    ['bytes=0-1,x', 3],
    ['bytes=0-1,1-2', 3],
    ['bytes=0-,-1', 3],
    ['bytes=0-', 0],
    ['bytes=0-9', 0],
    ['bytes=-5', 0],
    [`bytes=${Array.from({ length: 17 }, (_, i) => `${2 * i}-${2 * i}`).join(',')}`, 100],
    [`bytes=${'0-,'.repeat(1000)}`, 100],
  ])('%s of %s bytes asks for the whole', (header, sizeBytes) => {
    expect(parseByteRanges(header, sizeBytes)).toEqual({ kind: 'none' });
  });

  it('never yields a range outside of the content, an empty one, or more bytes than there are', () => {
    const bound = fc.oneof(fc.constant(''), fc.nat(40).map(String));
    const spec = fc.tuple(bound, bound).map(([first, last]) => `${first}-${last}`);
    fc.assert(
      fc.property(fc.array(spec, { maxLength: 6 }), fc.nat(30), (specs, sizeBytes) => {
        const result = parseByteRanges(`bytes=${specs.join(',')}`, sizeBytes);
        if (result.kind !== 'ranges') return;
        expect(result.ranges.length).toBeGreaterThan(0);
        for (const { start, end } of result.ranges) {
          expect(0 <= start && start < end && end <= sizeBytes).toBe(true);
        }
        expect(result.ranges.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThanOrEqual(sizeBytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('with one well-formed range selects just what RFC 9110 says', () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.option(fc.nat(30), { nil: undefined }),
        fc.integer({ min: 1, max: 25 }),
        (first, length, sizeBytes) => {
          const header = `bytes=${first}-${length === undefined ? '' : first + length}`;
          const end = length === undefined ? sizeBytes : Math.min(first + length + 1, sizeBytes);
          const expected =
            first < sizeBytes ? { kind: 'ranges', ranges: [{ start: first, end }] } : { kind: 'unsatisfiable' };
          expect(parseByteRanges(header, sizeBytes)).toEqual(expected);
        },
      ),
    );
  });
});

describe("a chunk's Content-Range", () => {
  it.each([
    ['0-0', 0, 0],
    ['0-1023', 0, 1023],
    ['1024-2047', 1024, 2047],
    [' 5-9 ', 5, 9],
    ['bytes 0-9/*', 0, 9],
    ['bytes 0-9/10', 0, 9],
    ['Bytes 5-9/100', 5, 9],
    ['0-9007199254740990', 0, Number.MAX_SAFE_INTEGER - 1],
  ])('%s is read', (header, start, endInclusive) => {
    expect(parseContentRange(header)).toEqual({ start, endInclusive });
  });

  it.each([
    '',
    '-',
    '0-',
    '-5',
    '5',
    '9-5',
    'a-b',
    '0x0-5',
    '1e1-20',
    '+0-5',
    '0 - 5',
    '0-5-9',
    '0-5,6-9',
    'bytes 0-9',
    'bytes=0-9',
    'bytes */10',
    'bytes 0-9/9',
    'bytes 0-9/',
    'items 0-9/10',
    '0-9/10',
    '0-9007199254740991',
    'bytes 0-9999999999999998/9999999999999999',
    '0-9007199254740992',
    '0-99999999999999999999',
    '0-5\n0-6',
  ])('%j is not', (header) => {
    expect(parseContentRange(header)).toBeUndefined();
  });
});

describe('the Range of an upload', () => {
  it.each([
    [0, '0-0'],
    [1, '0-0'],
    [1024, '0-1023'],
  ])('of %i bytes is %s', (sizeBytes, expected) => {
    expect(formatUploadRange(sizeBytes)).toBe(expected);
  });
});
