import { describe, expect, it } from 'vitest';
import { parseInstant, parseTagAsOf } from './tag-as-of.ts';

describe('a tag as of a time', () => {
  it.each([
    ['latest_as-of_20261122T1530Z', { tag: 'latest', at: Date.UTC(2026, 10, 22, 15, 30) }],
    ['1.2_as-of_20240229T000001Z', { tag: '1.2', at: Date.UTC(2024, 1, 29, 0, 0, 1) }],
    [
      'a_as-of_20261122T1530Z_as-of_20261123T1530Z',
      { tag: 'a_as-of_20261122T1530Z', at: Date.UTC(2026, 10, 23, 15, 30) },
    ],
  ])('is read from %s', (text, read) => {
    expect(parseTagAsOf(text)).toEqual(read);
  });

  it.each([
    'latest',
    '_as-of_20261122T1530Z',
    'latest_as-of_20261122',
    'latest_as-of_20261322T1530Z',
    'latest_as-of_20260230T1530Z',
    'latest_as-of_20261122T2560Z',
    'latest_as-of_20261122T153Z',
    'latest_as-of_20261122T1530',
  ])('is not %s', (text) => {
    expect(parseTagAsOf(text)).toBeUndefined();
  });
});

describe('an instant', () => {
  it.each([
    ['2026-11-22T15:30:00Z', Date.UTC(2026, 10, 22, 15, 30)],
    ['2026-11-22T15:30:00.5+01:00', Date.UTC(2026, 10, 22, 14, 30, 0, 500)],
  ])('is %s', (text, at) => {
    expect(parseInstant(text)).toBe(at);
  });

  it.each(['', 'now', '2026-11-22', '2026-02-29T00:00:00Z', '2026-11-22T15:30:00', '2026-11-22T25:00:00Z', '1e3'])(
    'is not %j',
    (text) => {
      expect(parseInstant(text)).toBeUndefined();
    },
  );
});
