import { readFile } from 'node:fs/promises';
import { IGNORED_HEADERS, listSchemaFacts, type SchemaPart } from './contract-facts.ts';

/** The interface of Harbor v2.15 in Swagger 2.0, without its texts. */
export interface Reference {
  readonly basePath: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, ReferenceOperation>>>>;
  readonly parameters: Readonly<Record<string, ReferenceParameter>>;
  readonly responses: Readonly<Record<string, ReferenceResponse>>;
  readonly definitions: Readonly<Record<string, SchemaPart>>;
}

export interface ReferenceOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters: readonly ReferenceParameter[];
  readonly responses: Readonly<Record<string, ReferenceResponse>>;
  readonly produces?: readonly string[];
}

export interface ReferenceResponse {
  readonly $ref?: string;
  readonly schema?: SchemaPart;
  readonly headers?: Readonly<Record<string, unknown>>;
}

interface ReferenceParameter extends SchemaPart {
  readonly name: string;
  readonly in: string;
  readonly schema?: SchemaPart;
}

export async function readReference(): Promise<Reference> {
  return JSON.parse(await readFile(new URL('fixtures/harbor-v2.15.json', import.meta.url), 'utf8')) as Reference;
}

/** Each operation of the reference, by its id, as lines that say what it takes and answers. */
export function listReferenceFacts(reference: Reference): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(reference.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => {
        return [operation.operationId, listFacts(reference, method, path, operation)] as const;
      }),
    ),
  );
}

function listFacts(reference: Reference, method: string, path: string, operation: ReferenceOperation): string[] {
  const resolve = (ref: string): SchemaPart => reference.definitions[ref.split('/').at(-1) ?? ''] ?? {};
  const parameters = operation.parameters.map((each) =>
    each.$ref === undefined ? each : { ...each, ...reference.parameters[each.$ref.split('/').at(-1) ?? ''] },
  );
  return [
    `${method.toUpperCase()} ${path}`,
    `tag ${operation.tags.join(', ')}`,
    ...parameters.flatMap((parameter) => {
      const { name, in: place, schema, required } = parameter as unknown as ReferenceParameter & { required?: boolean };
      const at = place === 'body' ? 'body' : `${place} ${name}`;
      return [
        `${at} ${required ? 'required' : 'optional'}`,
        ...listSchemaFacts(place === 'body' ? (schema ?? {}) : { ...parameter, ...NO_LIST }, resolve).map(
          (fact) => `${at} ${fact}`,
        ),
      ];
    }),
    ...Object.entries(operation.responses).flatMap(([status, response]) => {
      const is = response.$ref === undefined ? response : reference.responses[response.$ref.split('/').at(-1) ?? ''];
      if (!status.startsWith('2')) return [`${status}`];
      const facts = is?.schema ? listSchemaFacts(is.schema, resolve) : [];
      const headers = Object.keys(is?.headers ?? {}).filter((name) => !IGNORED_HEADERS.includes(name));
      return [
        `${status}`,
        ...facts.map((fact) => `${status} ${fact}`),
        ...headers.map((name) => `${status} header ${name}`),
        ...(is?.schema ? (operation.produces ?? []).map((type) => `${status} is ${type}`) : []),
      ];
    }),
  ];
}

/** In a parameter `required` is a flag, in a schema a list. */
const NO_LIST = { required: [], $ref: undefined } as unknown as SchemaPart;
