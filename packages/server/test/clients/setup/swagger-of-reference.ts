import { readFileSync } from 'node:fs';

const REFERENCE = new URL('../../conformance/harbor/fixtures/harbor-v2.15.json', import.meta.url);

interface Operation {
  readonly responses: Readonly<Record<string, object>>;
}

/** The interface of Harbor as a complete document of Swagger 2.0: generators ask for a title and for a text of each answer. */
export function swaggerOfReference(): string {
  const { paths, parameters, responses, definitions, basePath } = JSON.parse(readFileSync(REFERENCE, 'utf8'));
  const described = (answers: Readonly<Record<string, object>>): object =>
    Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [
        status,
        '$ref' in answer ? answer : { ...answer, description: '' },
      ]),
    );
  const operations = Object.entries(paths as Record<string, Record<string, Operation>>).map(([path, methods]) => [
    path,
    Object.fromEntries(
      Object.entries(methods).map(([method, operation]) => [
        method,
        { ...operation, responses: described(operation.responses) },
      ]),
    ),
  ]);
  return JSON.stringify({
    swagger: '2.0',
    info: { title: 'Harbor API', version: '2.0' },
    basePath,
    consumes: ['application/json'],
    produces: ['application/json'],
    securityDefinitions: { basic: { type: 'basic' } },
    security: [{ basic: [] }],
    paths: Object.fromEntries(operations),
    parameters,
    responses: described(responses),
    definitions,
  });
}
