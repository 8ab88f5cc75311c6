import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assertClaimGlob, matchesClaimGlob } from './claim-glob.ts';

/** What a glob says, by a regular expression. */
function matchesByExpression(glob: string, text: string): boolean {
  const source = glob
    .split(/(\*{1,2})/)
    .map((piece) =>
      piece === '**' ? '[^]*' : piece === '*' ? '[^/]*' : piece.replaceAll(/[.|\\?+()[\]{}^$]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${source}$`).test(text);
}

it('a glob means what a regular expression with the same stars does', () => {
  const few = fc.constantFrom('a', 'b', '/', 'ab', 'a/', '.', '\n');
  const glob = fc
    .array(fc.oneof(few, fc.constantFrom('*', '**')), { minLength: 1, maxLength: 9 })
    .map((pieces) => pieces.join('').replaceAll(/\*{3,}/g, '**'));
  const text = fc.array(few, { maxLength: 12 }).map((pieces) => pieces.join(''));
  let matching = 0;
  fc.assert(
    fc.property(glob, text, (each, other) => {
      assertClaimGlob(each);
      const isMatch = matchesByExpression(each, other);
      matching += isMatch ? 1 : 0;
      expect(matchesClaimGlob(each, other, { left: Number.POSITIVE_INFINITY })).toBe(isMatch);
    }),
    { numRuns: 20_000 },
  );
  expect(matching).toBeGreaterThan(500);
});

it('a glob that would take too long to compare matches nothing', () => {
  const effort = { left: 1_000 };
  expect(matchesClaimGlob('**a*', 'a', effort)).toBe(true);
  expect(matchesClaimGlob(`**${'/*'.repeat(15)}`, '/'.repeat(1_000), effort)).toBe(false);
  expect(effort.left).toBeGreaterThan(-2_000);
  expect(matchesClaimGlob('**a*', 'a', effort)).toBe(false);
  expect(matchesClaimGlob('a', 'a', effort)).toBe(true);
});
