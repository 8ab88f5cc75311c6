import { expect, it } from 'vitest';
import { tagOfParts, unquoted } from './etags.ts';

it('makes the tag that a store gave an object of two parts', () => {
  const parts = ['"4715e35cf900ae14837e3c098e87d522"', '7aea2552dfe7eb84b9443b6fc9ba6e01'];
  expect(tagOfParts(parts)).toBe('9b6064d19747041f0a98261cf2752972-2');
  expect(tagOfParts(parts.toReversed())).not.toBe('9b6064d19747041f0a98261cf2752972-2');
});

it('knows none where the tags of the parts are no MD5', () => {
  expect(tagOfParts(['"4715e35cf900ae14837e3c098e87d522"', '"opaque"'])).toBeUndefined();
});

it('takes quotes off', () => {
  expect(unquoted('"a-1"')).toBe('a-1');
  expect(unquoted('a-1')).toBe('a-1');
});
