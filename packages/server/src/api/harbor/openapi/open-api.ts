import Type from 'typebox';
import { Errors } from './errors-model.ts';
import { type Operation, type Success, successesOf } from './operation.ts';
import { HARBOR_BASE } from './serve-operation.ts';

type Json = Readonly<Record<string, unknown>>;

const JSON_TYPE = 'application/json';

/** What the statuses of errors mean, whatever the operation. */
const ERROR_TEXT: Readonly<Record<number, string>> = {
  400: 'The request says something that cannot be.',
  401: 'Nobody is signed in, or with wrong credentials.',
  403: 'Who is signed in may not do this.',
  404: 'There is no such thing.',
  405: 'This is not done here.',
  409: 'There is one of that name already, or it is in use.',
  412: 'Something else has to be done first.',
  415: 'The body is of a media type that is not read.',
  422: 'The request is not as this document has it.',
  500: 'The server failed; its log has more, under the same X-Request-Id.',
};

/** @param version of the product @returns the OpenAPI 3.1 document of the operations */
export function createOpenApi(operations: readonly Operation[], version: string): Json {
  const models = new Map<string, Json>();
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const { path, method } = operation;
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(operation, models) };
  }
  return {
    openapi: '3.1.0',
    info: { title: "Roadstead: Harbor's API v2.0", version },
    servers: [{ url: HARBOR_BASE }],
    security: [{ basic: [] }, { session: [] }, {}],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        session: { type: 'apiKey', in: 'cookie', name: 'sid' },
      },
      schemas: Object.fromEntries([...models].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

function describeOperation(operation: Operation, models: Map<string, Json>): Json {
  const { id, tag, summary, access, body, isBodyOptional = false } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: describeAccess(access),
    parameters: [
      REQUEST_ID,
      ...describeParameters('header', operation.headers, models),
      ...describeParameters('path', operation.params, models),
      ...describeParameters('query', operation.query, models),
    ],
    ...(body && {
      requestBody: { required: !isBodyOptional, content: { [JSON_TYPE]: { schema: refer(body, models) } } },
    }),
    responses: Object.fromEntries([
      ...successesOf(operation).map((success) => [success.status, describeSuccess(success, models)]),
      ...operation.errors.map((status) => [status, describeError(status, models)]),
    ]),
  };
}

const REQUEST_ID = {
  name: 'X-Request-Id',
  in: 'header',
  required: false,
  description: 'An id of the request, which the answer and the logs have, too. Default: one that is made up.',
  schema: { type: 'string', minLength: 1 },
} as const;

const HEADER_TEXT = {
  'X-Request-Id': 'The id of the request.',
  Location: 'The path of what was made.',
  'X-Total-Count': 'How many items there are on all pages.',
  Link: 'The pages before and after this one.',
  'Content-Type': 'The media type of the body.',
  'Content-Disposition': 'The name of the file.',
} as const;

function describeAccess(access: string): string {
  const [scope, permission] = access.split(' ');
  if (scope === 'any') return 'For anyone.';
  if (scope === 'A') return 'For anybody who is signed in.';
  if (scope === 'S') return `For system administrators, and robots with \`${permission}\` of the system.`;
  if (scope === 'P') return `For those who have \`${permission}\` in the project.`;
  return `For: ${access}.`;
}

function describeParameters(
  place: 'header' | 'path' | 'query',
  parameters: Type.TProperties | undefined,
  models: Map<string, Json>,
): readonly Json[] {
  return Object.entries(parameters ?? {}).map(([name, schema]) => {
    const { description, ...rest } = refer(schema, models) as { readonly description?: string };
    return {
      name: place === 'header' ? headerName(name) : name,
      in: place,
      required: !Type.IsOptional(schema),
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

function headerName(name: string): string {
  return name.replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

function describeSuccess({ status, body, mediaType = JSON_TYPE, headers }: Success, models: Map<string, Json>): Json {
  return {
    description: status === 200 ? 'It is so.' : status === 201 ? 'It was made.' : 'It will be done.',
    headers: describeHeaders(['X-Request-Id', ...headers]),
    ...(body && { content: { [mediaType]: { schema: refer(body, models) } } }),
  };
}

function describeError(status: number, models: Map<string, Json>): Json {
  return {
    description: ERROR_TEXT[status] ?? 'Refused.',
    headers: describeHeaders(['X-Request-Id']),
    content: { [JSON_TYPE]: { schema: refer(Errors, models) } },
  };
}

function describeHeaders(names: readonly (keyof typeof HEADER_TEXT)[]): Json {
  return Object.fromEntries(
    names.map((name) => [
      name,
      { description: HEADER_TEXT[name], schema: { type: name === 'X-Total-Count' ? 'integer' : 'string' } },
    ]),
  );
}

/** A schema in which the models that have a name are referred to by it; they are put into the map. */
function refer(schema: Type.TSchema, models: Map<string, Json>): Json {
  const { title, ...rest } = schema as Json & { readonly title?: string };
  if (title === undefined) return referWithin(rest, models);
  if (!models.has(title)) {
    models.set(title, {});
    models.set(title, referWithin(rest, models));
  }
  return { $ref: `#/components/schemas/${title}` };
}

function referWithin(schema: Json, models: Map<string, Json>): Json {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === 'properties' || key === 'patternProperties') return [key, referAll(value as Json, models)];
      if (key === 'items' || key === 'additionalProperties') return [key, referOne(value, models)];
      if (key === 'anyOf') return [key, (value as Type.TSchema[]).map((each) => refer(each, models))];
      return [key, value];
    }),
  );
}

function referAll(schemas: Json, models: Map<string, Json>): Json {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, referOne(schema, models)]));
}

function referOne(schema: unknown, models: Map<string, Json>): unknown {
  return typeof schema === 'object' && schema !== null ? refer(schema as Type.TSchema, models) : schema;
}
