import { describe, expect, it } from 'vitest';
import { assertRepositoryPattern, matchesRepository, toLikePattern } from './repository-pattern.ts';

describe('a pattern of repositories', () => {
  it.each([
    ['app', 'app', true],
    ['app', 'app2', false],
    ['app', 'team/app', false],
    ['team/*', 'team/app', true],
    ['team/*', 'team/a/b', true],
    ['team/*', 'team', false],
    ['team/*', 'other/team/app', false],
    ['*', 'a/b', true],
    ['*-prod', 'app-prod', true],
    ['*-prod', 'app-prod-2', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'acb', false],
    ['a*b*b', 'ab', false],
    ['a**b', 'a/x/b', true],
  ])('%s on %s: %s', (pattern, name, matches) => {
    expect(matchesRepository(pattern, name)).toBe(matches);
  });

  it('says the same to LIKE', () => {
    expect(toLikePattern('a_b*%')).toBe('a\\_b%\\%');
    expect(toLikePattern('a**')).toBe('a%');
  });

  it.each(['', 'App', 'a b', 'a?', 'ä', 'x'.repeat(256)])('is not %j', (text) => {
    expect(() => assertRepositoryPattern(text)).toThrow(/pattern of repositories/);
  });
});
