import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type Type from 'typebox';
import { readBody } from './read-body.ts';
import { faultOf, type ParameterFault, readParameters } from './read-parameters.ts';

/** The part of a request that a schema is of. */
export type HttpPart = 'body' | 'params' | 'querystring' | 'headers';

/** As Fastify wants it: `value` takes the place of what was checked. */
export type Verdict = { readonly value: unknown } | { readonly error: (ErrorObject | ParameterFault)[] };

const NO_BODY = faultOf('', 'is missing');

// Nothing is coerced: parameters are read by hand, and a body says what it means.
const ajv = new Ajv({ strict: false, allErrors: false });
addFormats.default(ajv);

/**
 * A validator of one part of a request. It is compiled when it is first needed: most instances never see most operations.
 * @param isBodyOptional whether a body may be left out
 */
export function compileValidator(
  schema: Type.TSchema,
  part: HttpPart,
  isBodyOptional: boolean,
): (data: unknown) => Verdict {
  let compiled: ValidateFunction | undefined;
  const check = (value: unknown): Verdict => {
    compiled ??= ajv.compile(schema);
    return compiled(value) ? { value } : { error: compiled.errors ?? [] };
  };
  if (part === 'body') {
    return (data) => {
      // Fastify says null for no body.
      if (data === null) return isBodyOptional ? { value: undefined } : { error: [NO_BODY] };
      const read = readBody(data);
      return 'fault' in read ? { error: [read.fault] } : check(read.value);
    };
  }
  const known = (schema as unknown as Type.TObject).properties;
  return (data) => {
    const read = readParameters(known, data as Readonly<Record<string, unknown>>);
    return 'fault' in read ? { error: [read.fault] } : check(read.values);
  };
}
