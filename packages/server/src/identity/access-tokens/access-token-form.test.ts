import { describe, expect, it } from 'vitest';
import { systemIds } from '../../kernel/ids.ts';
import { generateAccessToken, isAccessToken } from './access-token-form.ts';

describe('the form of access tokens', () => {
  it('holds 256 random bits and a checksum that is theirs', () => {
    const tokens = Array.from({ length: 200 }, () => generateAccessToken(systemIds));
    expect(new Set(tokens).size).toBe(tokens.length);
    for (const token of tokens) {
      expect(token).toMatch(/^roadstead_pat_[\w-]{43}[0-9A-Za-z]{6}$/);
      expect(isAccessToken(token)).toBe(true);
    }
  });

  it('has the CRC-32 of what stands before it, in base 62, as scanners compute it', () => {
    expect(generateAccessToken({ secret: () => 'A'.repeat(43) })).toBe(`roadstead_pat_${'A'.repeat(43)}3GWtzW`);
  });

  it('is not what was changed, cut or stands in something else', () => {
    const token = generateAccessToken({ secret: () => 'B'.repeat(43) });
    const changed = [...token].map((character, index) => {
      const other = character === 'x' ? 'y' : 'x';
      return `${token.slice(0, index)}${other}${token.slice(index + 1)}`;
    });
    for (const text of [...changed, token.slice(1), token.slice(0, -1), `${token} `, ` ${token}`, `${token}\n`, '']) {
      expect(isAccessToken(text), text).toBe(false);
    }
  });
});
