import { describe, expect, it } from 'vitest';
import { readAsOf, tagAsOf } from './as-of.ts';

describe('--as-of', () => {
  it.each([
    ['2026-11-22', '1.2_as-of_20261122T000000Z'],
    ['2026-11-22T15:30Z', '1.2_as-of_20261122T153000Z'],
    ['2026-11-22T15:30:07+02:00', '1.2_as-of_20261122T133007Z'],
  ])('takes %s', (text, tag) => {
    expect(tagAsOf('1.2', readAsOf(text))).toBe(tag);
  });

  it.each(['', 'yesterday', '2026-13-22', '2026-11-22T15:30', '22.11.2026'])('refuses %j', (text) => {
    expect(() => readAsOf(text)).toThrow('is no time');
  });
});
