import { expect, it } from 'vitest';
import { describeSchemaErrors } from './describe-schema-errors.ts';

it.each([
  [
    { keyword: 'enum', instancePath: '/mode', params: { allowedValues: ['a', 'b'] } },
    '"mode" in the body must be one of a, b',
  ],
  [
    { keyword: 'additionalProperties', instancePath: '', params: { additionalProperty: 'x' } },
    'the body must not have "x"',
  ],
  [
    { keyword: 'required', instancePath: '', message: "must have required property 'name'", params: {} },
    "the body must have required property 'name'",
  ],
  [
    { keyword: 'type', instancePath: '/a/b', message: 'must be string', params: {} },
    '"a.b" in the body must be string',
  ],
])('says in a sentence what is wrong: %o', (error, sentence) => {
  expect(describeSchemaErrors([error], 'body').message).toBe(sentence);
});
