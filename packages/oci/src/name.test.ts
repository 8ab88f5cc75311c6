import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRepositoryName, parseRepositoryName, projectOf } from './name.ts';

/** The expression as the distribution spec prints it. */
const SPEC_NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

describe('a repository name', () => {
  it.each([
    'a',
    'library/alpine',
    'a.b/c_d/e__f/g-h/i---j',
    '0/1/2',
    // Words of the routes are names like any other.
    'a/manifests/b',
    'blobs/uploads',
    'a/tags/list',
    `${'a'.repeat(128)}/${'b'.repeat(126)}`,
    Array(128).fill('a').join('/'),
  ])('may be %j', (name) => {
    expect(parseRepositoryName(name)).toBe(name);
  });

  it.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    'A',
    'a/B',
    'a..b',
    'a.',
    '.a',
    '_a',
    'a_',
    'a___b',
    'a._b',
    'a-_b',
    '-a',
    'a-',
    '_catalog',
    'a/_uploads',
    '.',
    '..',
    '../a',
    'a/../b',
    'a/./b',
    'a\\b',
    'a%2fb',
    'a%2e%2e%2fb',
    'a b',
    'a\n',
    'a\r\nx: y',
    'a\0',
    'a:b',
    'a@b',
    'a+b',
    'é',
    '\u0430lpine',
    'a\u212a',
    'a\u202eb',
    '\uff41',
    'a'.repeat(129),
    `a/${'b'.repeat(129)}`,
    Array(129).fill('a').join('/'),
    Array(2000).fill('a').join('/'),
    'a'.repeat(4000),
  ])('may not be %j', (name) => {
    expect(isRepositoryName(name)).toBe(false);
    expect(() => parseRepositoryName(name)).toThrow(expect.objectContaining({ code: 'NAME_INVALID', status: 400 }));
  });

  it('says which length is passed', () => {
    expect(() => parseRepositoryName('a'.repeat(256))).toThrow('at most 255 characters, and this one has 256');
    expect(() => parseRepositoryName('a'.repeat(129))).toThrow('at most 128 characters');
  });

  it('is judged as the spec does, within the lengths', () => {
    const alphabet = fc.constantFrom('a', 'b', '0', '9', '.', '_', '__', '-', '--', '/', 'A', ' ', '%', 'é');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 24 }), (parts) => {
        const name = parts.join('');
        expect(isRepositoryName(name)).toBe(SPEC_NAME.test(name));
      }),
      { numRuns: 1000 },
    );
  });

  it('begins with its project', () => {
    expect(projectOf('team/app/web')).toBe('team');
    expect(projectOf('alpine')).toBe('alpine');
  });
});
