import { describe, expect, it } from 'vitest';
import { systemIds } from '../../kernel/ids.ts';
import { generateUserCode, hashUserCode, readUserCode } from './user-code.ts';

describe('codes that people type', () => {
  it('are of twenty letters that nobody confuses, each as likely as the others', () => {
    const counts = new Map<string, number>();
    for (let count = 0; count < 5_000; count += 1) {
      const code = generateUserCode(systemIds);
      expect(code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
      for (const letter of code.replace('-', '')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    expect(counts.size).toBe(20);
    // 2000 each are to be expected, give or take 44.
    for (const [letter, count] of counts) expect(Math.abs(count - 2_000), letter).toBeLessThan(300);
  });

  it.each(['bcdfghjk', 'BCDF-GHJK', ' bcdf ghjk ', 'B-C-D-F-G-H-J-K'])('are known as %j', (typed) => {
    expect(readUserCode(typed)).toBe('BCDF-GHJK');
    expect(hashUserCode('BCDF-GHJK')).toHaveLength(32);
  });

  it.each(['', 'BCDF-GHJ', 'BCDF-GHJKL', 'ACDF-GHJK', 'BCDF-GHJ1', 'BCDF_GHJK', 'BCDF-GHJ\u212a'])(
    'are not %j',
    (typed) => {
      expect(readUserCode(typed)).toBeUndefined();
    },
  );
});
