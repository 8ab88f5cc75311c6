import { generateSync } from 'otplib';
import { describe, expect, it } from 'vitest';
import { systemIds } from '../../kernel/ids.ts';
import { generateRecoveryCodes, hashRecoveryCode } from './recovery-code.ts';
import { findTotpStep, generateTotpSecret, totpUrlOf } from './totp.ts';

/** The secret of RFC 6238, appendix B: `12345678901234567890` in base 32. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

describe('codes of an authenticator app', () => {
  // Appendix B has eight digits; six are the last six of them.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('are those of RFC 6238 at %d seconds', async (seconds, code) => {
    const attempt = { secret: SECRET, code, now: seconds * 1_000, lastStep: 0 };
    expect(await findTotpStep(attempt)).toBe(Math.floor(seconds / 30));
  });

  it('are taken in their own step and those beside it, and not at or before the last one', async () => {
    const now = 1_900_000_015_000;
    const step = Math.floor(now / 30_000);
    for (const offset of [-3, -2, -1, 0, 1, 2, 3]) {
      const code = generateSync({ secret: SECRET, epoch: now / 1_000 + offset * 30 });
      const found = (lastStep: number) => findTotpStep({ secret: SECRET, code, now, lastStep });
      expect(await found(0), String(offset)).toBe(Math.abs(offset) <= 1 ? step + offset : undefined);
      expect(await found(step + offset), String(offset)).toBeUndefined();
      expect(await found(step + 5), String(offset)).toBeUndefined();
    }
  });

  it.each(['', '28708', '2870820', '28708a', ' 287082', '٢٨٧٠٨٢', '287082\n'])('are not %j', async (code) => {
    expect(await findTotpStep({ secret: SECRET, code, now: 59_000, lastStep: 0 })).toBeUndefined();
  });

  it('come from 160 random bits that an app reads from a URL', async () => {
    const secret = await generateTotpSecret();
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(await generateTotpSecret()).not.toBe(secret);
    const url = new URL(await totpUrlOf(secret, 'a&b?c:d'));
    expect([url.protocol, url.host, url.searchParams.get('secret')]).toEqual(['otpauth:', 'totp', secret]);
    expect(decodeURIComponent(url.pathname)).toBe('/Roadstead:a&b?c:d');
  });
});

describe('recovery codes', () => {
  it('are ten different ones, known however they are typed', () => {
    const codes = generateRecoveryCodes(systemIds);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^[0-9a-f]{5}(-[0-9a-f]{5}){3}$/);
      expect(hashRecoveryCode(` ${code.toUpperCase().replaceAll('-', '  ')} `)).toBe(hashRecoveryCode(code));
    }
  });

  it.each(['', '123456', 'aaaaa-aaaaa-aaaaa-aaaa', 'aaaaa-aaaaa-aaaaa-aaaaag'])('are not %j', (text) => {
    expect(hashRecoveryCode(text)).toBeUndefined();
  });
});
