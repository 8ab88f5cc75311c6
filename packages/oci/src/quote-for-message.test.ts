import { expect, it } from 'vitest';
import { quoteForMessage } from './quote-for-message.ts';

it('escapes what a terminal would act on', () => {
  expect(quoteForMessage('a\u007fb\u009bc\u202ed\ne"')).toBe('"a\\u007fb\\u009bc\\u202ed\\ne\\""');
});

it('shortens what is long', () => {
  expect(quoteForMessage('x'.repeat(200))).toBe(`"${'x'.repeat(100)}…"`);
});
