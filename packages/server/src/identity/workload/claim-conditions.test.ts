import { describe, expect, it } from 'vitest';
import { assertClaimConditions, type ClaimConditions, judgeClaims } from './claim-conditions.ts';

const isMatch = (conditions: ClaimConditions, claims: Record<string, unknown>) =>
  judgeClaims(conditions, claims).every(({ outcome }) => outcome === 'matches');

describe('the conditions of a trust rule', () => {
  it.each<readonly [string, ClaimConditions, Record<string, unknown>]>([
    ['a text', { ref: ['refs/heads/main'] }, { ref: 'refs/heads/main' }],
    ['one of several', { ref: ['refs/heads/main', 'refs/tags/v*'] }, { ref: 'refs/tags/v1.2' }],
    ['within a segment', { repository: ['octo-org/*'] }, { repository: 'octo-org/app' }],
    ['an empty rest', { ref: ['refs/tags/v*'] }, { ref: 'refs/tags/v' }],
    ['across segments', { ref: ['refs/heads/**'] }, { ref: 'refs/heads/feature/one' }],
    ['stars in the middle', { sub: ['repo:*/app:ref:**/main'] }, { sub: 'repo:octo/app:ref:refs/heads/main' }],
    ['a number', { run_attempt: ['1'] }, { run_attempt: 1 }],
    ['a truth value', { ref_protected: ['true'] }, { ref_protected: true }],
    ['an element of a list', { groups_direct: ['team/ci'] }, { groups_direct: ['team/web', 'team/ci'] }],
    [
      'a nested claim whose name has a dot',
      { 'kubernetes.io/namespace': ['shop'] },
      { 'kubernetes.io': { namespace: 'shop' } },
    ],
    ['a name with a slash', { 'https:~1~1x.test~1team': ['ci'] }, { 'https://x.test/team': 'ci' }],
  ])('match %s', (_, conditions, claims) => {
    assertClaimConditions(conditions);
    expect(isMatch(conditions, claims)).toBe(true);
  });

  it.each<readonly [string, ClaimConditions, Record<string, unknown>]>([
    ['a missing claim', { environment: ['**'] }, {}],
    ['null', { environment: ['**'] }, { environment: null }],
    ['an object', { sub: ['**'] }, { sub: { toString: 'x' } }],
    ['an empty list', { groups: ['**'] }, { groups: [] }],
    ['a list with an object in it', { groups: ['ci'] }, { groups: ['ci', {}] }],
    ['a list in a list', { groups: ['ci'] }, { groups: [['ci']] }],
    ['an inherited member', { constructor: ['**'] }, {}],
    ['a member of a text', { 'sub/length': ['**'] }, { sub: 'abc' }],
    ['a member of a list', { 'groups/0': ['ci'] }, { groups: ['ci'] }],
    ['a dot for nesting', { 'kubernetes.io/namespace': ['shop'] }, { 'kubernetes.io.namespace': 'shop' }],
    ['one condition of two', { repository: ['o/a'], ref: ['main'] }, { repository: 'o/a', ref: 'other' }],
    ['a text that goes on', { repository: ['octo-org/app'] }, { repository: 'octo-org/app-evil' }],
    ['a text that begins before', { repository: ['octo-org/app'] }, { repository: 'evil/octo-org/app' }],
    ['another segment for a star', { repository: ['octo-org/*'] }, { repository: 'octo-org/app/evil' }],
    ['a prefix with a slash for a star', { repository: ['*/app'] }, { repository: 'evil/octo/app' }],
    ['an owner that begins alike', { repository: ['octo-org/*'] }, { repository: 'octo-org-evil/app' }],
    ['upper case', { repository: ['octo-org/app'] }, { repository: 'Octo-Org/app' }],
    ['a line end', { ref: ['refs/heads/main'] }, { ref: 'refs/heads/main\n' }],
    ['a line that matches among others', { ref: ['main'] }, { ref: 'evil\nmain' }],
    ['a space', { ref: ['main'] }, { ref: ' main' }],
    ['a Cyrillic letter', { ref: ['main'] }, { ref: 'm\u0430in' }],
    ['a decomposed letter', { ref: ['caf\u00e9'] }, { ref: 'cafe\u0301' }],
    ['a wide letter', { ref: ['main'] }, { ref: '\uff4dain' }],
    ['a dot as any character', { ref: ['v1.2'] }, { ref: 'v1x2' }],
    ['a question mark as any character', { ref: ['v?'] }, { ref: 'v1' }],
    ['a class of characters', { ref: ['v[0-9]'] }, { ref: 'v1' }],
    ['alternatives', { ref: ['a|b'] }, { ref: 'a' }],
    ['braces', { ref: ['{a,b}'] }, { ref: 'a' }],
    ['a star in the claim', { ref: ['main'] }, { ref: '*' }],
    ['an encoded slash', { repository: ['o/app'] }, { repository: 'o%2Fapp' }],
    ['a text of many kilobytes', { sub: ['**'] }, { sub: 'x'.repeat(1025) }],
    ['a number that stands for several', { id: ['9007199254740992'] }, { id: 2 ** 53 }],
    ['a number with a fraction', { id: ['1.5'] }, { id: 1.5 }],
    ['a truth value for a number', { protected: ['1'] }, { protected: true }],
  ])('do not match %s', (_, conditions, claims) => {
    assertClaimConditions(conditions);
    expect(isMatch(conditions, claims)).toBe(false);
  });

  it('say of each how it fared, and which value matched', () => {
    const conditions = { repository: ['o/*'], ref: ['main'], environment: ['prod'] };
    expect(judgeClaims(conditions, { repository: 'o/a', ref: 'x' })).toEqual([
      { path: 'repository', outcome: 'matches', value: 'o/a' },
      { path: 'ref', outcome: 'differs', value: undefined },
      { path: 'environment', outcome: 'missing', value: undefined },
    ]);
  });

  it('end soon (the time limit of a test is the judge) whatever the pattern and the text', () => {
    const glob = `${'**a'.repeat(16)}b`;
    assertClaimConditions({ sub: [glob] });
    expect(isMatch({ sub: [glob] }, { sub: 'a'.repeat(1024) })).toBe(false);
  });

  it.each<readonly [string, ClaimConditions]>([
    ['no pattern', { ref: [] }],
    ['an empty pattern', { ref: [''] }],
    ['three stars', { ref: ['a***'] }],
    ['seventeen stars', { ref: ['*a'.repeat(17)] }],
    ['a long pattern', { ref: ['a'.repeat(513)] }],
    ['no claim', { '': ['a'] }],
    ['an empty segment', { 'a//b': ['a'] }],
    ['a tilde that means nothing', { 'a~b': ['a'] }],
    ['too many conditions', Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`c${index}`, ['a']]))],
  ])('are refused when a rule has %s', (_, conditions) => {
    expect(() => assertClaimConditions(conditions)).toThrow(SyntaxError);
  });
});
