import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PATTERN_LENGTH, parseDoublestar } from './doublestar.ts';

const matches = (pattern: string, name: string) => parseDoublestar(pattern)?.matches(name);

describe('A doublestar pattern', () => {
  it.each([
    ['', 'anything/at/all', true],
    ['v1', 'v1', true],
    ['v1', 'v10', false],
    ['v*', 'v1.2', true],
    ['*', 'a/b', false],
    ['**', 'a/b', true],
    ['**', '', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['**/c', 'c', true],
    ['**/c', 'a/b/c', true],
    ['**/c', 'abc', false],
    ['a/**/c', 'a/c', true],
    ['a/**/c', 'a/x/y/c', true],
    ['a/**/c', 'axc', false],
    ['a**', 'a/b', false],
    ['a**b', 'axxb', true],
    ['***', 'ab', true],
    ['release-?', 'release-1', true],
    ['release-?', 'release-', false],
    ['a?b', 'a/b', false],
    ['{v1,v2}*', 'v2.1', true],
    ['{v1,v2}', 'v3', false],
    ['{a,b{c,d}}', 'bd', true],
    ['{a,}b', 'b', true],
    ['{app/**,lib}', 'app/x/y', true],
    ['{app/**,lib}', 'lib', true],
    ['[a-c]1', 'b1', true],
    ['[^a-c]1', 'b1', false],
    ['[^a-c]1', 'd1', true],
    ['[^a]', '/', false],
    ['[a-]', '-', true],
    [String.raw`[\]]`, ']', true],
    [String.raw`\*`, '*', true],
    [String.raw`\*`, 'a', false],
    ['a,b}', 'a,b}', true],
    ['v1.0', 'v1x0', false],
    ['😀?', '😀😀', true],
  ])('%s: %s is %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });

  it.each(['[', '[]', '[^]', '[b-a]', '{a', '{a,{b}', '\\', 'a'.repeat(MAX_PATTERN_LENGTH + 1)])(
    '%s is none',
    (text) => {
      expect(parseDoublestar(text)).toBeUndefined();
    },
  );

  it('matches what it says literally', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (name) => {
        const pattern = [...name].map((character) => `\\${character}`).join('');
        expect(matches(pattern, name)).toBe(true);
        expect(matches(pattern, `${name}x`)).toBe(name === '');
      }),
    );
  });

  it('with stars alone is what splitting says', () => {
    const piece = fc.stringMatching(/^[ab*]{0,8}$/);
    fc.assert(
      fc.property(piece, fc.stringMatching(/^[ab]{0,10}$/), (pattern, name) => {
        const expected = pattern === '' || new RegExp(`^${pattern.replaceAll(/\*+/g, '[^/]*')}$`).test(name);
        expect(matches(pattern, name)).toBe(expected);
      }),
    );
  });

  it('of segments is what trying every way says', () => {
    const segment = fc.constantFrom('**', 'a', 'b', '*');
    const pattern = fc.array(segment, { minLength: 1, maxLength: 5 });
    const name = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(pattern, name, (segments, names) => {
        expect(matches(segments.join('/'), names.join('/'))).toBe(tryAll(segments, names));
      }),
    );
  });

  it('answers at once, whatever it is and whatever it is asked', () => {
    const hostile = [`${'*a'.repeat(500)}`, `${'{a,a}'.repeat(200)}b`, `${'**/'.repeat(340)}x`, `${'{*,'.repeat(300)}`];
    for (const pattern of hostile) {
      const before = performance.now();
      matches(pattern, 'a'.repeat(255));
      expect(performance.now() - before).toBeLessThan(2_000);
    }
    fc.assert(fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (p, n) => void matches(p, n)));
  });
});

/** `**` at the end needs something to stand for, in between it may stand for nothing. */
function tryAll(segments: readonly string[], names: readonly string[]): boolean {
  const [first, ...rest] = segments;
  if (first === undefined) return names.length === 0;
  if (first === '**') {
    if (rest.length === 0) return names.length > 0;
    return names.some((_, at) => tryAll(rest, names.slice(at)));
  }
  const [name, ...others] = names;
  return name !== undefined && (first === '*' || first === name) && tryAll(rest, others);
}
