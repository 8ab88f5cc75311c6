import { describe, expect, it } from 'vitest';
import { createGroupFilter } from './group-filter.ts';

describe('a filter of groups', () => {
  it('looks anywhere in the name, unless it is bound', () => {
    const names = ['registry-dev', 'my-registry', 'other'];
    expect(names.filter(createGroupFilter('registry'))).toEqual(['registry-dev', 'my-registry']);
    expect(names.filter(createGroupFilter('^registry-(dev|ops)$'))).toEqual(['registry-dev']);
  });

  it.each(['(a+)+$', '(a|a)*$', '(a*)*b', '(.*a){20}$', '^(([a-z])+.)+[A-Z]([a-z])+$'])(
    'takes no longer for %s, whatever a group is called',
    (pattern) => {
      const filter = createGroupFilter(pattern);
      const startedAt = performance.now();
      filter(`${'a'.repeat(1_000)}!`);
      // Backtracking would take longer than there is a universe.
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    },
  );

  it('takes no names that are longer than those of groups', () => {
    expect(createGroupFilter('a')('a'.repeat(1_025))).toBe(false);
  });

  it.each(['(', '(?=a)', '(a)\\1', 'a{2000}', 'x'.repeat(256)])('refuses %s', (pattern) => {
    expect(() => createGroupFilter(pattern)).toThrow('settings.groupFilter must be a regular expression');
  });
});
