import { expect, it } from 'vitest';
import { IdSet } from './id-set.ts';

it('has the ids that were added, however high, and no neighbours of theirs', () => {
  const set = new IdSet();
  const ids = [1, 8, 9, 8_191, 8_192, 5_000_000];
  for (const id of ids) set.add(id);
  const near = new Set(ids.flatMap((id) => [id - 1, id, id + 1]));
  expect([...near].filter((id) => set.has(id))).toEqual(ids.toSorted((left, right) => left - right));
  expect(set.has(9_000_000)).toBe(false);
});
