import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBearerChallenge, parseChallenges } from './auth-challenge.ts';

describe('a bearer challenge', () => {
  it('is written as clients expect it', () => {
    expect(formatBearerChallenge({ realm: 'https://r.example/service/token', service: 'r.example' })).toBe(
      'Bearer realm="https://r.example/service/token",service="r.example"',
    );
    expect(
      formatBearerChallenge({ realm: 'r', service: 's', scope: 'repository:a:pull,push', error: 'insufficient_scope' }),
    ).toBe('Bearer realm="r",service="s",scope="repository:a:pull,push",error="insufficient_scope"');
  });

  it('cannot be left by its values', () => {
    expect(formatBearerChallenge({ realm: 'a"b\\c\r\nX: y', service: '\u00e9' })).toBe(
      'Bearer realm="a\\"b\\\\cX: y",service=""',
    );
  });

  it('is read back, whatever printable text it holds', () => {
    const text = fc.string({ unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(text, text, text, (realm, service, scope) => {
        expect(parseChallenges(formatBearerChallenge({ realm, service, scope }))).toEqual([
          { scheme: 'bearer', parameters: { realm, service, scope } },
        ]);
      }),
    );
  });
});

describe('a WWW-Authenticate header', () => {
  it.each([
    ['Basic', [{ scheme: 'basic', parameters: {} }]],
    ['Basic realm="x"', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
    ['BEARER Realm = "a" , Service=b', [{ scheme: 'bearer', parameters: { realm: 'a', service: 'b' } }]],
    [
      'Bearer realm="a, Basic realm=b",service="s"',
      [{ scheme: 'bearer', parameters: { realm: 'a, Basic realm=b', service: 's' } }],
    ],
    [
      'Basic realm="a \\"q\\" \\\\", Bearer realm="b"',
      [
        { scheme: 'basic', parameters: { realm: 'a "q" \\' } },
        { scheme: 'bearer', parameters: { realm: 'b' } },
      ],
    ],
    [
      'Negotiate YWJj==, Basic realm="x"',
      [
        { scheme: 'negotiate', parameters: {}, token68: 'YWJj==' },
        { scheme: 'basic', parameters: { realm: 'x' } },
      ],
    ],
    [
      'Negotiate, Basic realm="x"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'x' } },
      ],
    ],
    [',, Basic realm="x",,', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
    [
      'Bearer realm=https://r.example/token,service=r.example',
      [{ scheme: 'bearer', parameters: { realm: 'https://r.example/token', service: 'r.example' } }],
    ],
    ['Bearer realm="a",realm="b"', [{ scheme: 'bearer', parameters: { realm: 'a' } }]],
    ['Bearer realm=""', [{ scheme: 'bearer', parameters: { realm: '' } }]],
    ['Bearer __proto__="x"', [{ scheme: 'bearer', parameters: JSON.parse('{"__proto__":"x"}') }]],
    ['Bearer realm="a', [{ scheme: 'bearer', parameters: {} }]],
    ['="x"', []],
    ['', []],
    [null, []],
    [undefined, []],
  ])('%j is read', (header, expected) => {
    expect(parseChallenges(header)).toEqual(expected);
  });

  it.each([
    'a='.repeat(30_000),
    'Bearer a="'.repeat(6_000),
    `a ${'a'.repeat(60_000)}!`,
    ','.repeat(60_000),
    'a '.repeat(30_000),
    `Bearer a${' '.repeat(60_000)}b`,
  ])('is read in linear time (%#)', (header) => {
    const startMs = performance.now();
    parseChallenges(header);
    expect(performance.now() - startMs).toBeLessThan(1000);
  });

  it('never makes the reader fail', () => {
    const piece = fc.constantFrom('Basic', 'Bearer', ' ', ',', '=', '"', '\\', 'realm', 'x', '==', '\t', '\u00e9', ':');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        expect(Array.isArray(parseChallenges(pieces.join('')))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
