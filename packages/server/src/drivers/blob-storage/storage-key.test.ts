import { describe, expect, it } from 'vitest';

import { createStorageKey } from './storage-key.ts';
import { isStorageName } from './storage-name.ts';

const HEX = '0123456789abcdef'.repeat(4);

describe('createStorageKey', () => {
  it('names a copy by its digest and generation', () => {
    expect(createStorageKey(`sha256:${HEX}`, '00112233445566778899')).toBe(`sha256-${HEX}-00112233445566778899`);
  });

  it('gives a valid key for the longest digest and generation', () => {
    const key = createStorageKey(`sha512:${HEX}${HEX}`, 'f'.repeat(40));
    expect(isStorageName('storage key', key)).toBe(true);
  });

  it.each(['', 'sha256', `sha256:${HEX}/x`, `sha256:../${HEX}`, `SHA256:${HEX}`, `sha256:${HEX.toUpperCase()}`])(
    'refuses the digest %j',
    (digest) => {
      expect(() => createStorageKey(digest, '0'.repeat(16))).toThrow(TypeError);
    },
  );

  it.each(['', '0', '0'.repeat(15), '0'.repeat(41), `${'0'.repeat(15)}/`, 'G'.repeat(16)])(
    'refuses the generation %j',
    (generation) => {
      expect(() => createStorageKey(`sha256:${HEX}`, generation)).toThrow(TypeError);
    },
  );
});
