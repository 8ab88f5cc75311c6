import { describe, expect, it } from 'vitest';
import { pageOf } from './pages.ts';

describe('a page', () => {
  const cursorOf = (item: number) => `after-${item}`;

  it('holds everything and no cursor while nothing is left over', () => {
    expect(pageOf([], 2, cursorOf)).toEqual({ items: [] });
    expect(pageOf([1, 2], 2, cursorOf)).toEqual({ items: [1, 2] });
  });

  it('drops the surplus row and goes on behind its own last', () => {
    expect(pageOf([1, 2, 3], 2, cursorOf)).toEqual({ items: [1, 2], next: 'after-2' });
  });
});
