import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OciError } from './errors.ts';
import { parseStrictJson, type StrictJsonOptions } from './strict-json.ts';

const encoder = new TextEncoder();

function parse(text: string, options?: StrictJsonOptions): unknown {
  return parseStrictJson(encoder.encode(text), options);
}

function accepts(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

describe('strict JSON', () => {
  it('reads any valid document as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), fc.constantFrom(undefined, 1, '\t'), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  it('accepts nothing that JSON.parse refuses, and reads the same where both accept', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"',
      '\\',
      '0',
      '1',
      '-',
      '.',
      'e',
      '+',
      'null',
      'true',
      ' ',
      '\n',
      '\u00e9',
      '\u0001',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        if (!accepts(() => parse(text))) return;
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 5000 },
    );
  });

  it('refuses a document that lost, gained or changed one character only where JSON.parse does, twin members aside', () => {
    const document = '{"a":[1,-2.5e+3,"x\\u0041\\n",{"b":null,"c":true}],"d":{},"e":[],"f":"\u00e9"}';
    fc.assert(
      fc.property(
        fc.nat(document.length - 1),
        fc.constantFrom('', '"', '{', ']', ',', '0', 'x', '\\', ' ', '\u007f'),
        fc.boolean(),
        (at, piece, keep) => {
          const text = document.slice(0, at) + piece + document.slice(keep ? at : at + 1);
          expect(accepts(() => parse(text))).toBe(accepts(() => JSON.parse(text)));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it.each(['0', '-0', '1e2', '1.0', '1E-2', '12345678901234567890', '-1.5e+300', '1e999'])(
    'reads the number %s as JSON.parse does',
    (text) => {
      expect(parse(text)).toBe(JSON.parse(text));
    },
  );

  it.each(['01', '+1', '.5', '1.', '1e', '1e+', '-', '--1', '0x10', 'NaN', 'Infinity', '1_000', '１'])(
    'refuses the number %s',
    (text) => {
      expect(() => parse(text)).toThrow(OciError);
    },
  );

  it('hands each number to the caller as it is written', () => {
    expect(parse('[1, 1.0, 1e2, -5]', { reviveNumber: (literal) => literal })).toEqual(['1', '1.0', '1e2', '-5']);
  });

  it.each([
    ['a member twice', '{"a":1,"a":1}'],
    ['a member twice, deep inside', '[{"x":{"a":1,"b":2,"a":3}}]'],
    ['a member twice, written differently', '{"layers":1,"\\u006cayers":2}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
  ])('refuses %s', (_, text) => {
    expect(() => parse(text)).toThrow(/twice/);
  });

  it('allows one name in different objects, and names that Object.prototype has', () => {
    expect(parse('[{"a":1},{"a":{"a":2}}]')).toEqual([{ a: 1 }, { a: { a: 2 } }]);
    expect(Object.keys(Object(parse('{"toString":1,"constructor":2,"hasOwnProperty":3}')))).toHaveLength(3);
  });

  it('keeps __proto__ as a member and changes no prototype', () => {
    const value = Object(parse('{"__proto__":{"polluted":true}}'));
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
    expect('polluted' in value).toBe(false);
  });

  it.each([
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d], /byte order mark/],
    ['a stray continuation byte', [0x22, 0x80, 0x22], /UTF-8/],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22], /UTF-8/],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22], /UTF-8/],
    ['a cut character', [0x22, 0xe2, 0x82], /UTF-8/],
    ['UTF-16', [0x7b, 0x00, 0x7d, 0x00], /stands where/],
    ['nothing', [], /the document ends/],
  ])('refuses %s', (_, bytes, sentence) => {
    expect(() => parseStrictJson(Uint8Array.from(bytes))).toThrow(sentence);
  });

  it.each([
    ['a second value', '{} {}'],
    ['a letter behind', '{}x'],
    ['a NUL behind', '{}\0'],
    ['a comment', '{/* */}'],
    ['a line comment', '// x\n{}'],
    ['single quotes', "{'a':1}"],
    ['a bare member name', '{a:1}'],
    ['a comma at the end of an object', '{"a":1,}'],
    ['a comma at the end of an array', '[1,]'],
    ['a raw line feed in a string', '"a\nb"'],
    ['a raw NUL in a string', '"a\0b"'],
    ['an unknown escape', '"\\x41"'],
    ['a raw control character behind a backslash', '"\\\n"'],
    ['half a surrogate pair', '"\\ud800"'],
    ['half a surrogate pair in a name', '{"\\udc00":1}'],
    ['a string without end', '"abc'],
    ['a string that ends in a backslash', '"abc\\'],
    ['a no-break space', '\u00a0{}'],
    ['mixed brackets', '[}'],
    ['upper case', 'TRUE'],
  ])('refuses %s', (_, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID', status: 400 }));
  });

  it('says where it stopped', () => {
    expect(() => parse('{"a": x}')).toThrow(expect.objectContaining({ detail: { position: 6 } }));
    expect(() => parse('{"a": x}')).toThrow('"x" stands where a value should be (at position 6)');
  });

  it('allows exactly the depth asked for', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(() => parse(nested(64))).not.toThrow();
    expect(() => parse(nested(65))).toThrow(/deeper than 64/);
    expect(() => parse('[{"a":[]}]', { maxDepth: 2 })).toThrow(/deeper than 2/);
    expect(() => parse(nested(100_000), { maxDepth: 100_000 })).not.toThrow();
  });

  it('allows exactly the number of values asked for', () => {
    expect(() => parse('{"a":[1,2],"b":3}', { maxValues: 4 })).not.toThrow();
    expect(() => parse('{"a":[1,2],"b":3}', { maxValues: 3 })).toThrow(/more than 3 values/);
  });

  it.each([
    ['a million open brackets', '['.repeat(1_000_000)],
    ['a million open objects', '{"a":'.repeat(1_000_000)],
    ['four million spaces', ' '.repeat(4_000_000)],
    ['a number of four million digits', '9'.repeat(4_000_000)],
    ['a string of two million backslashes', `"${'\\\\'.repeat(1_000_000)}"`],
    ['a string that never ends', `"${'a'.repeat(4_000_000)}`],
    ['two hundred thousand members', `{${Array.from({ length: 200_000 }, (_, i) => `"${i * 7}":""`).join(',')}}`],
  ])('is done with %s in time that grows with the length', (_, text) => {
    const bytes = encoder.encode(text);
    const startMs = performance.now();
    accepts(() => parseStrictJson(bytes));
    // Far above what it takes (some 20 to 100 ms) and far below anything quadratic (minutes).
    expect(performance.now() - startMs).toBeLessThan(3000);
  });
});
