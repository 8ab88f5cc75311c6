import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Reference, type ReferenceOperation, readReference } from '../../conformance/harbor/reference-facts.ts';
import { ENGINES } from '../support/engines.ts';
import { readJson } from '../support/http-client.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { sampleImage } from '../support/sample-content.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
/** No id that anything has. */
const NO_ID = 987_654_321;

/** What is there, for the parameters of this name. */
const THERE: Readonly<Record<string, string | number>> = {
  project_name: 'team',
  project_name_or_id: 'team',
  repository_name: 'app',
  reference: 'v1',
};

const reference = await readReference();
const OPERATIONS = listOperations(reference);

interface Called extends ReferenceOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

/** What anonymous callers and users without any right are answered, where it is not 401 and 403. */
const ANSWERS: Readonly<Record<string, readonly [number, number]>> = {
  // How the registry is, how to sign in, and what is public.
  getHealth: [200, 200],
  getPing: [200, 200],
  getSystemInfo: [200, 200],
  search: [200, 200],
  listProjects: [200, 200],
  listAllRepositories: [200, 200],
  getCert: [404, 404],
  getIcon: [400, 400],
  // What is one's own, and what all users need.
  getStatistic: [401, 200],
  listAuditLogs: [401, 200],
  ListLabels: [401, 400],
  listAuditLogExts: [401, 200],
  searchUserGroups: [401, 200],
  searchUsers: [401, 200],
  getSystemCVEAllowlist: [401, 200],
  getRentenitionMetadata: [401, 200],
  getCurrentUserInfo: [401, 200],
  getScanDataExportExecutionList: [401, 200],
  getCurrentUserPermissions: [401, 200],
  headProject: [401, 404],
  // Everybody may try; the empty object says nothing of where.
  createProject: [401, 400],
  CreateRobot: [401, 400],
  createRetention: [401, 400],
  // The request is no request before anybody is asked who sends it.
  createTag: [422, 422],
  getAddition: [422, 422],
  exportScanData: [422, 422],
  createScanner: [422, 422],
  pingScanner: [422, 422],
  updateScanner: [422, 422],
  setScannerOfProject: [422, 422],
  getSchedulePaused: [401, 404],
  getScanDataExportExecution: [401, 404],
  downloadScanData: [401, 404],
};

/** What is not built yet. */
const MISSING_TAGS = ['preheat'];
const SERVED = OPERATIONS.filter(({ tags: [tag = ''] }) => !MISSING_TAGS.includes(tag));
const PAGED = SERVED.filter((called) => takes(called, 'query', 'page'));
const NO_NUMBERS = ['page=x', 'page=1.5', 'page_size=x'];
const OUT_OF_BOUNDS = ['page=0', 'page=-1', 'page_size=-2', 'page_size=101'];
/** Harbor's document has no bounds for their pages. */
const WITHOUT_BOUNDS = ['listRetentionExecutions', 'listRetentionTasks'];
/** Lists of what is there: a single artifact has pages of its own inside. */
const READABLE = PAGED.filter(({ id }) => !['getArtifact', 'ListWebhookJobs', 'ListLabels'].includes(id)).filter(
  ({ path }) => [...path.matchAll(/\{(\w+)\}/g)].every(([, name]) => (name ?? '') in THERE),
);
const WITH_NUMBERS = SERVED.filter((called) => numbersOf(called).length > 0);

describe.each(ENGINES)("the conventions of Harbor's API on %s", (engine) => {
  let registry: OpenRegistry;
  let carol: RegistryClient;
  let count = 0;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    carol = await registry.createUser('carol');
    await registry.admin.createProject('team');
    await registry.admin.pushImage('team/app', 'v1', sampleImage());
  });
  afterAll(async () => {
    console.info(`${engine}: ${count} answers of ${SERVED.length} operations keep to Harbor's conventions`);
    await registry.close();
  });

  interface Call {
    readonly query?: string;
    readonly values?: Readonly<Record<string, string | number>>;
    readonly body?: string | undefined;
  }
  /** Each answer says which request it is of, and an error is told in Harbor's envelope. */
  const call = async (client: RegistryClient, called: Called, { query = '', values = THERE, body }: Call = {}) => {
    count += 1;
    const answer = await client.send(`${reference.basePath}${fill(called, values)}${query === '' ? '' : `?${query}`}`, {
      method: called.method,
      headers: { 'X-Request-Id': `asked-${called.id}-${count}`, ...(body !== undefined && JSON_TYPE) },
      ...(body !== undefined && { body }),
    });
    expect(answer.headers['x-request-id']).toBe(`asked-${called.id}-${count}`);
    if (answer.status >= 400 && called.method !== 'HEAD') {
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      const { errors } = readJson<{ errors: readonly Readonly<Record<string, unknown>>[] }>(answer);
      expect(errors).toEqual([{ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/./) }]);
    }
    return answer;
  };
  const emptyBody = (called: Called) => (takes(called, 'body') ? '{}' : undefined);

  it.each(SERVED)('$id is for those who may', async (called) => {
    const request = { query: neededQuery(called), body: emptyBody(called) };
    const statuses = [
      (await call(registry.anonymous, called, request)).status,
      (await call(carol, called, request)).status,
    ];
    expect(statuses).toEqual(ANSWERS[called.id] ?? [401, 403]);
  });

  it.each(PAGED.flatMap((called) => badPagesOf(called).map((query) => ({ id: called.id, called, query }))))(
    '$id has no $query',
    async ({ called, query }) => {
      expect((await call(registry.admin, called, { query: `${neededQuery(called)}&${query}` })).status).toBe(422);
    },
  );

  it.each(READABLE)('$id has pages that say how many there are', async (called) => {
    const needed = neededQuery(called);
    const first = await call(registry.admin, called, { query: `${needed}&page=1&page_size=1` });
    expect(first.status).toBe(200);
    const total = Number(first.headers['x-total-count']);
    const items = readJson<readonly unknown[]>(first);
    expect(items.length).toBe(Math.min(1, total));
    expect(String(first.headers.link ?? '').includes('rel="next"')).toBe(total > 1);
    const beyond = await call(registry.admin, called, { query: `${needed}&page=90000&page_size=100` });
    expect([beyond.status, readJson(beyond)]).toEqual([200, []]);
  });

  it.each(READABLE.filter((called) => takes(called, 'query', 'q')))(
    '$id takes what q can say, no more',
    async (called) => {
      const needed = neededQuery(called);
      const status = async (q: string) =>
        (await call(registry.admin, called, { query: `${needed}&q=${encodeURIComponent(q)}` })).status;
      expect(await status('nonsense')).toBe(400);
      expect(await status('name=')).toBe(400);
      expect(await status('=name')).toBe(400);
      expect(await status('no_such_key=x')).toBe(200);
      expect(await status('password=x,secret=x')).toBe(200);
    },
  );

  it.each(READABLE.filter((called) => takes(called, 'query', 'sort')))(
    '$id is sorted by what it shows',
    async (called) => {
      const query = (sort: string) => `${neededQuery(called)}&sort=${sort}`;
      expect((await call(registry.admin, called, { query: query('no_such_key') })).status).toBe(400);
      expect((await call(registry.admin, called, { query: query('-password') })).status).toBe(400);
    },
  );

  it.each(SERVED.filter((called) => takes(called, 'body')))('$id takes its object, no other body', async (called) => {
    const send = async (body: string) =>
      (await call(registry.admin, called, { query: neededQuery(called), body })).status;
    expect(await send('{"broken')).toBe(400);
    expect([400, 422]).toContain(await send('[7]'));
    expect([400, 422]).toContain(await send('"text"'));
  });

  it.each(WITH_NUMBERS)('$id knows numbers, and those that there are', async (called) => {
    const request = { query: neededQuery(called), body: emptyBody(called) };
    for (const name of numbersOf(called)) {
      const values = { ...THERE, [name]: 'x' };
      expect((await call(registry.admin, called, { ...request, values })).status).toBe(422);
    }
    // What an empty object does not say may be asked for first.
    expect([404, ...(request.body === undefined ? [] : [400])]).toContain(
      (await call(registry.admin, called, request)).status,
    );
  });
});

function badPagesOf({ id }: Called): readonly string[] {
  return WITHOUT_BOUNDS.includes(id) ? NO_NUMBERS : [...NO_NUMBERS, ...OUT_OF_BOUNDS];
}

function takes(called: Called, place: string, name?: string): boolean {
  return parametersOf(called).some((each) => each.in === place && (name === undefined || each.name === name));
}

/** What has to be in the query, with something in it. */
function neededQuery(called: Called): string {
  const needed = parametersOf(called).filter((each) => each.in === 'query' && 'required' in each && each.required);
  return needed.map(({ name }) => `${name}=1`).join('&');
}

/** Parts of the path that are numbers. */
function numbersOf(called: Called): readonly string[] {
  const numbers = parametersOf(called).filter(
    (each) => each.in === 'path' && 'type' in each && each.type === 'integer',
  );
  return numbers.map(({ name }) => name);
}

function listOperations({ paths }: Reference): readonly Called[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
    })),
  );
}

function parametersOf({ parameters }: Called) {
  return parameters.map((each) =>
    each.$ref === undefined ? each : { ...each, ...reference.parameters[each.$ref.split('/').at(-1) ?? ''] },
  );
}

/** Ids that are not named are ids of nothing. */
function fill({ path }: Called, values: Readonly<Record<string, string | number>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(values[name] ?? NO_ID)));
}
