import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, findBase64Length } from './base64.ts';

describe('base64', () => {
  it('of any bytes is decoded, and its length is known beforehand', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(findBase64Length(text)).toBe(bytes.length);
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AA', 'AAA', 'A===', '====', 'AA=A', 'AAAA=', 'AA AA===', 'AAA\n', 'A-_A', '=', 'AAAé'])(
    '%j is not base64',
    (text) => {
      expect(findBase64Length(text)).toBeUndefined();
      expect(decodeBase64(text)).toBeUndefined();
    },
  );

  it('of four megabytes is measured', () => {
    expect(findBase64Length('AAAA'.repeat(1_000_000))).toBe(3_000_000);
  });
});
