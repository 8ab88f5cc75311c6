import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProjectName } from './project.ts';

describe('a project name', () => {
  it.each(['a', '1', 'library', 'a.b-c_d', '123', 'a'.repeat(128)])('may be %j', (name) => {
    expect(isProjectName(name)).toBe(true);
  });

  it.each(['', 'A', 'a/b', '-a', 'a-', 'a--b', 'a__b', 'a..b', '..', 'ä', 'a b', 'a\n', 'a'.repeat(256), 'a%2fb'])(
    'may not be %j',
    (name) => {
      expect(isProjectName(name)).toBe(false);
    },
  );

  it('is judged in time that grows with its length only', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '-', '.', '_'), maxLength: 255 }), (text) => {
        const expected = text !== '' && text.split(/[._-]/).every((part) => part !== '');
        expect(isProjectName(text)).toBe(expected);
      }),
    );
  });
});
