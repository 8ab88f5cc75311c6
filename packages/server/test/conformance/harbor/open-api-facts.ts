import { IGNORED_HEADERS, listSchemaFacts, type SchemaPart } from './contract-facts.ts';

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, SchemaPart>> };
}

interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: SchemaPart }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly content?: Content; readonly headers: Readonly<Record<string, unknown>> }>
  >;
}

type Content = Readonly<Record<string, { readonly schema: SchemaPart }>>;

/** Each operation of our document, by its id, as lines that say what it takes and answers. */
export function listOpenApiFacts(document: unknown): ReadonlyMap<string, readonly string[]> {
  const { paths, components } = document as OpenApi;
  const resolve = (ref: string): SchemaPart => components.schemas[ref.split('/').at(-1) ?? ''] ?? {};
  return new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, operation]) =>
          [
            operation.operationId,
            [
              `${method.toUpperCase()} ${path}`,
              `tag ${operation.tags.join(', ')}`,
              ...operation.parameters.flatMap(({ name, in: place, required, schema }) => [
                `${place} ${name} ${required ? 'required' : 'optional'}`,
                ...listSchemaFacts(schema, resolve).map((fact) => `${place} ${name} ${fact}`),
              ]),
              ...listBodyFacts(operation, resolve),
              ...listAnswerFacts(operation, resolve),
            ],
          ] as const,
      ),
    ),
  );
}

function listBodyFacts({ requestBody }: OpenApiOperation, resolve: (ref: string) => SchemaPart): readonly string[] {
  if (requestBody === undefined) return [];
  const [content] = Object.values(requestBody.content);
  return [
    `body ${requestBody.required ? 'required' : 'optional'}`,
    ...listSchemaFacts(content?.schema ?? {}, resolve).map((fact) => `body ${fact}`),
  ];
}

function listAnswerFacts({ responses }: OpenApiOperation, resolve: (ref: string) => SchemaPart): readonly string[] {
  return Object.entries(responses).flatMap(([status, { content, headers }]) => {
    if (!status.startsWith('2')) return [status];
    const [[mediaType, { schema }] = ['', { schema: undefined }]] = Object.entries(content ?? {});
    return [
      status,
      ...(schema ? listSchemaFacts(schema, resolve).map((fact) => `${status} ${fact}`) : []),
      ...Object.keys(headers)
        .filter((name) => !IGNORED_HEADERS.includes(name))
        .map((name) => `${status} header ${name}`),
      ...(mediaType === '' || mediaType === 'application/json' ? [] : [`${status} is ${mediaType}`]),
    ];
  });
}
