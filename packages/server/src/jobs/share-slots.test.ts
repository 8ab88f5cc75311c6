import { describe, expect, it } from 'vitest';
import { shareSlots } from './share-slots.ts';

const share = (counts: Readonly<Record<string, number>>, slots: number) =>
  Object.fromEntries(
    shareSlots(
      Object.entries(counts).map(([kind, count]) => ({ kind, count })),
      slots,
    ),
  );

describe('slots', () => {
  it('go round the kinds, and what a kind does not need goes to the others', () => {
    expect(share({ scan: 1_000, sweep: 1, mail: 2 }, 6)).toEqual({ scan: 3, sweep: 1, mail: 2 });
    expect(share({ scan: 1_000, sweep: 1_000 }, 5)).toEqual({ scan: 3, sweep: 2 });
  });

  it('that are fewer than the kinds go to the first of them', () => {
    expect(share({ scan: 9, sweep: 9, mail: 9 }, 2)).toEqual({ scan: 1, sweep: 1 });
  });

  it('stay free when there is no more work', () => {
    expect(share({ scan: 2, sweep: 0 }, 8)).toEqual({ scan: 2 });
    expect(share({}, 8)).toEqual({});
    expect(share({ scan: 2 }, 0)).toEqual({});
  });
});
