import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNextLink, parseNextLink } from './link-header.ts';

describe('the Link to the next page', () => {
  it('is written as clients expect it', () => {
    expect(formatNextLink('/v2/a/tags/list?n=2&last=b')).toBe('</v2/a/tags/list?n=2&last=b>; rel="next"');
  });

  it('cannot be left by what stands in the address', () => {
    const header = formatNextLink('/v2/a?last=>; rel="x"\r\nSet-Cookie: a=b, <é\ud800');
    expect(header).toMatch(/^<[\x21-\x7e]+>; rel="next"$/);
    expect(header.match(/[<>]/g)).toHaveLength(2);
  });

  it('is read back whatever the cursor was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (cursor) => {
        const target = parseNextLink(formatNextLink(`/v2/a/tags/list?last=${cursor}`));
        expect(target).toMatch(/^\/v2\/a\/tags\/list\?last=[\x21-\x7e]*$/);
      }),
    );
    expect(parseNextLink(formatNextLink('/a?b=%20&c'))).toBe('/a?b=%20&c');
  });

  it.each([
    ['</a?n=1>; rel="next"', '/a?n=1'],
    ['<https://r.example/a>;rel=next', 'https://r.example/a'],
    ['</p>; rel="prev", </n>; rel="next"', '/n'],
    ['</a,b;c>; title="x, <y>; rel=\\"prev\\""; rel="next"', '/a,b;c'],
    ['</a> ; REL = "last NEXT"', '/a'],
    ['</a>; foo; rel=next', '/a'],
    ['</a>; rel=next; rel=prev', '/a'],
    ['<>; rel=next', ''],
    ['</a>; rel=prev; rel=next', undefined],
    ['</a>; rel="nextish"', undefined],
    ['</a>', undefined],
    ['/a; rel="next"', undefined],
    ['</a; rel="next"', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('of %j is %j', (header, expected) => {
    expect(parseNextLink(header)).toBe(expected);
  });

  it.each([
    '<'.repeat(60_000),
    '<a>'.repeat(20_000),
    `<a>;${' '.repeat(60_000)}x`,
    `<a>; rel="${'\\'.repeat(60_000)}`,
    '<a>;a="b'.repeat(8_000),
  ])('is looked for in linear time (%#)', (header) => {
    const startMs = performance.now();
    parseNextLink(header);
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});
