import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import { onFirstUse } from '../kernel/on-first-use.ts';

// Fastify's own options but one: its coercion, which also takes a list of one for its item, lets such lists pass where null may stand too.
const ajv = onFirstUse(() => {
  const created = new Ajv({ coerceTypes: true, useDefaults: true, removeAdditional: true, allErrors: false });
  addFormats.default(created);
  return created;
});

/** Compiles a schema with the first request that needs it: a start does not wait for schemas that nobody asks for. */
export const compileRequestSchema: FastifySchemaCompiler<object> = ({ schema }) => {
  let compiled: ValidateFunction | undefined;
  return (data: unknown) => {
    compiled ??= ajv().compile(schema);
    return compiled(data) ? true : { error: compiled.errors ?? [] };
  };
};
