import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { OPERATOR, openTestOperations, type TestOperations } from '../../../test/in-process/test-operations.ts';
import { ANONYMOUS, type Principal } from '../../kernel/principal.ts';
import { registerRoadsteadRoutes } from './roadstead-routes.ts';

const BASE = '/api/roadstead/v1/audit';
const USER: Principal = { kind: 'user', id: 9, name: 'carol', isAdministrator: false };

describe.each(ENGINES)('the audit log over HTTP on %s', (engine) => {
  let test: TestOperations;
  let app: FastifyInstance;
  let principal: Principal;

  beforeAll(async () => {
    test = await openTestOperations(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.reset();
    principal = OPERATOR.principal;
    app = Fastify();
    registerRoadsteadRoutes(app, { instanceOf: () => test, actorOf: () => ({ ...OPERATOR, principal }) });
  });
  afterEach(() => app?.close());

  const send = (method: 'GET' | 'PUT' | 'DELETE', path: string, payload?: object) =>
    app.inject({ method, url: `${BASE}${path}`, ...(payload === undefined ? {} : { payload }) } as InjectOptions);
  const get = async (query: string) => (await send('GET', `/entries?${query}`)).json();

  async function changeProjects(): Promise<number> {
    const project = await test.projects.create({ name: 'acme', isPublic: false, actor: OPERATOR });
    test.clock.advance(1_000);
    await test.projects.update({ idOrName: project.id, visibility: 'public', actor: OPERATOR });
    test.clock.advance(1_000);
    await test.content.setUntaggedPolicy(project.id, 60_000, { ...OPERATOR, address: '198.51.100.7' });
    await test.content.setUntaggedPolicy(project.id, null, OPERATOR);
    return project.id;
  }

  it.each([
    '/entries',
    '/entries.csv',
    '/entries.jsonl',
    '/settings',
    '/entries?project=acme',
    '/entries?project=ghost',
  ])('is for administrators: %s', async (path) => {
    await changeProjects();
    const answers = [];
    for (const who of [ANONYMOUS, USER]) {
      principal = who;
      const { statusCode, body } = await send('GET', path);
      answers.push(statusCode);
      expect(body).not.toMatch(/acme|ghost/);
    }
    expect(answers).toEqual([401, 403]);
  });

  it('says what a change was before and is after', async () => {
    const id = await changeProjects();
    const { items, next } = await get('project=acme');
    expect(next).toBeNull();
    expect(items).toMatchObject([
      { kind: 'project.updated', detail: { untaggedAfterMs: null, untaggedAfterMsBefore: 60_000 } },
      { kind: 'project.updated', detail: { untaggedAfterMs: 60_000, untaggedAfterMsBefore: null } },
      { kind: 'project.updated', detail: { isPublic: true, before: 'private', after: 'public' } },
      {
        kind: 'project.created',
        at: '2030-01-01T00:00:00.000Z',
        outcome: 'done',
        actor: { key: 'user:1', name: 'deleted user 1' },
        project: { id, name: 'acme' },
        resource: 'acme',
        address: '192.0.2.1',
        userAgent: 'test',
        requestId: 'request-1',
        detail: { isPublic: false },
      },
    ]);
  });

  it('is searched by every field, and paged', async () => {
    const id = await changeProjects();
    const count = async (query: string) => (await get(query)).items.length;
    expect(await count(`project=${id}`)).toBe(4);
    expect(await count('kind=project.created')).toBe(1);
    expect(await count('kind=project.')).toBe(4);
    expect(await count('actor=user:1')).toBe(4);
    expect(await count('actor=nobody')).toBe(0);
    expect(await count('address=198.51.100.7')).toBe(1);
    expect(await count('since=2030-01-01T00:00:01Z')).toBe(3);
    expect(await count('until=2030-01-01T01:00:01%2B01:00')).toBe(1);
    expect(await count('since=2031-01-01')).toBe(0);
    expect(await count('q=ACM')).toBe(4);
    expect(await count('repository=acme/x')).toBe(0);
    const first = await get('limit=3');
    const second = await get(`limit=3&before=${first.next}`);
    expect([first.items.length, second.items.length, second.next]).toEqual([3, 1, null]);
    for (const query of ['since=yesterday', 'limit=0', 'limit=101', 'before=x', 'since=2030-13-40', 'q=']) {
      expect((await send('GET', `/entries?${query}`)).statusCode, query).toBe(422);
    }
    expect((await send('GET', '/entries?project=ghost')).statusCode).toBe(404);
    expect((await send('GET', '/entries.csv?since=never')).statusCode).toBe(422);
  });

  it('shows who looks what has just happened here', async () => {
    test.auditEvents.failed({ origin: { ...OPERATOR }, account: undefined });
    expect((await get('kind=login.failed')).items).toMatchObject([{ resource: 'unknown', outcome: 'refused' }]);
  });

  it('tells who asked for work, stopped it, and who changed what is recorded', async () => {
    const { id } = await test.operations.garbageCollection.run('purge', OPERATOR);
    await test.operations.executions.stop(id, OPERATOR);
    await test.operations.executions.stop(id, OPERATOR);
    expect((await send('PUT', '/settings', { recordsPulls: true })).json()).toEqual({ recordsPulls: true });
    expect((await send('GET', '/settings')).json()).toEqual({ recordsPulls: true });
    for (const body of [{ recordsPulls: 'false' }, { recordsPulls: 0 }, {}]) {
      expect((await send('PUT', '/settings', body)).statusCode, JSON.stringify(body)).toBe(422);
    }
    const { items } = await get('');
    expect(items).toMatchObject([
      { kind: 'audit.settings-changed', detail: { recordsPulls: true, recordsPullsBefore: false } },
      { kind: 'execution.stopped', resource: `execution ${id}`, detail: { executionId: id, jobs: 1 } },
      {
        kind: 'execution.requested',
        actor: { key: 'user:1' },
        detail: { executionId: id, work: 'garbage-collection', parameters: '{"mode":"purge"}' },
      },
    ]);
  });

  describe('forwarded', () => {
    const SYSLOG = { kind: 'syslog', host: 'logs.example.com', port: 6514, tls: true };
    const HTTPS = { kind: 'https', url: 'https://logs.example.com/audit' };

    it('is set, shown without its secret, and removed', async () => {
      expect((await send('GET', '/forwarding')).json()).toEqual({ enabled: false, target: null, state: null });
      const set = await send('PUT', '/forwarding', { target: { ...HTTPS, bearerToken: 'Canary-1' } });
      expect(set.statusCode, set.body).toBe(200);
      const shown = await send('GET', '/forwarding');
      expect(shown.json()).toMatchObject({
        enabled: true,
        target: { ...HTTPS, hasBearerToken: true },
        state: { lastId: expect.any(Number), failures: 0, lastError: null, waitingSince: '2030-01-01T00:00:00.000Z' },
      });
      expect((await send('PUT', '/forwarding', { target: HTTPS })).json().target.hasBearerToken).toBe(true);
      const noToken = { target: { ...HTTPS, bearerToken: null }, enabled: false };
      expect((await send('PUT', '/forwarding', noToken)).json()).toMatchObject({
        enabled: false,
        target: { hasBearerToken: false },
      });
      expect((await send('PUT', '/forwarding', { target: SYSLOG })).json().target).toEqual(SYSLOG);
      expect((await send('DELETE', '/forwarding')).statusCode).toBe(204);
      expect((await send('GET', '/forwarding')).json().target).toBeNull();
      const log = await send('GET', '/entries.jsonl');
      expect(log.body).toContain('audit.forwarding-removed');
      expect(`${set.body}${shown.body}${log.body}`).not.toContain('Canary');
    });

    it.each([
      [undefined],
      [[]],
      [{}],
      [{ target: null }],
      [{ target: SYSLOG, enabled: 'false' }],
      [{ target: SYSLOG, from: 'yesterday' }],
      [{ target: SYSLOG, extra: 1 }],
      [{ target: { ...SYSLOG, kind: 'udp' } }],
      [{ target: { ...SYSLOG, host: 'a b' } }],
      [{ target: { ...SYSLOG, host: 'x\r\ny' } }],
      [{ target: { ...SYSLOG, host: '' } }],
      [{ target: { ...SYSLOG, port: '6514' } }],
      [{ target: { ...SYSLOG, port: 0 } }],
      [{ target: { ...SYSLOG, port: 65_536 } }],
      [{ target: { ...SYSLOG, tls: 1 } }],
      [{ target: { ...SYSLOG, certificateAuthority: 'no certificate' } }],
      [{ target: { ...SYSLOG, bearerToken: 'x' } }],
      [{ target: { ...HTTPS, url: 'http://logs.example.com/' } }],
      [{ target: { ...HTTPS, url: 'https://user:Canary-7@logs.example.com/' } }],
      [{ target: { ...HTTPS, url: 'https://logs.example.com/?key=Canary-7' } }],
      [{ target: { ...HTTPS, url: 'file:///etc/passwd' } }],
      [{ target: { ...HTTPS, bearerToken: 'a b' } }],
      [{ target: { ...HTTPS, bearerToken: 'a\r\nx: y' } }],
      [{ target: { ...HTTPS, bearerToken: 5 } }],
    ])('refuses %j, and changes nothing', async (body) => {
      const answer = await send('PUT', '/forwarding', body);
      expect(answer.statusCode, answer.body).toBe(422);
      expect(answer.body).not.toContain('Canary');
      expect((await send('GET', '/forwarding')).json().target).toBeNull();
    });
  });

  it('is handed out as CSV and as JSON lines', async () => {
    await test.projects.create({ name: 'acme', isPublic: false, actor: { ...OPERATOR, userAgent: '=1+1\r\nX: y' } });
    const csv = await send('GET', '/entries.csv?kind=project.');
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(csv.headers['content-disposition']).toBe('attachment; filename="audit.csv"');
    const [head, line, end] = csv.body.split('\r\n');
    expect(head).toBe(
      '"id","at","kind","outcome","actor","actor_name","project_id","project","repository","resource","address","user_agent","request_id","detail"',
    );
    expect(line).toContain(`,"'=1+1\\r\\nX: y","request-1","{""isPublic"":false}"`);
    expect(end).toBe('');
    const lines = await send('GET', '/entries.jsonl?kind=project.');
    expect(JSON.parse(lines.body)).toMatchObject({ kind: 'project.created', userAgent: '=1+1\r\nX: y' });
    expect((await send('GET', '/entries.jsonl?actor=nobody')).body).toBe('');
  });

  it('is read no faster than it is taken', async () => {
    const filler = 'x'.repeat(1_000);
    await test.database.write(async (tx) => {
      const row = { at: 1, kind: 'tag.moved', actor: 'user:1', request_id: '', address: '', user_agent: '' };
      const detail = JSON.stringify({ filler });
      for (let index = 0; index < 400; index += 1) {
        const rows = Array.from({ length: 50 }, () => ({ ...row, detail, project_id: null, repository: null }));
        await tx.insertInto('journal').values(rows).execute();
      }
    });
    let pieces = 0;
    const { jsonLines } = test.auditList;
    const counting = {
      ...test,
      auditList: Object.assign(Object.create(test.auditList) as typeof test.auditList, {
        jsonLines: async function* (filter: Parameters<typeof jsonLines>[0]) {
          for await (const piece of test.auditList.jsonLines(filter)) {
            pieces += 1;
            yield piece;
          }
        },
      }),
    };
    const server = Fastify();
    registerRoadsteadRoutes(server, { instanceOf: () => counting, actorOf: () => OPERATOR });
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    const asked = request({ host: '127.0.0.1', port, path: `${BASE}/entries.jsonl` }).end();
    const [answer] = await once(asked, 'response');
    // Nobody reads: what the sockets hold is all that is fetched.
    let before = -1;
    while (pieces !== before) {
      before = pieces;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(pieces).toBeLessThan(40);
    let bytes = 0;
    for await (const piece of answer) bytes += piece.length;
    expect(pieces).toBe(40);
    expect(bytes).toBeGreaterThan(20_000_000);
    await server.close();
  });
});
