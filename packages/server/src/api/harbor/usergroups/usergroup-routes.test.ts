import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insertPlainUser, openTestIdentity, type TestIdentity } from '../../../../test/in-process/test-identity.ts';
import { ANONYMOUS, type Principal } from '../../../kernel/principal.ts';
import { createProjects } from '../../../projects/projects.ts';
import { registerUsergroupRoutes } from './usergroup-routes.ts';

const BASE = '/api/v2.0/usergroups';

let test: TestIdentity;
let app: FastifyInstance;
let principal: Principal;
beforeEach(async () => {
  test = await openTestIdentity();
  const projects = createProjects({ database: test.database, clock: test.clock });
  principal = test.administrator;
  app = Fastify();
  registerUsergroupRoutes(app, {
    instanceOf: () => ({ projects, identity: test.identity }),
    actorOf: () => ({ ...test.actor, principal }),
  });
});
afterEach(async () => {
  await app.close();
  await test.close();
});

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
const send = (method: Method, path: string, payload?: object) =>
  app.inject({ method, url: `${BASE}${path}`, ...(payload && { payload }) } as InjectOptions);

async function create(body: object): Promise<string> {
  const answer = await send('POST', '', body);
  expect(answer.statusCode, answer.body).toBe(201);
  return String(answer.headers.location).slice(BASE.length);
}

describe('groups over HTTP', () => {
  it('are made, shown, renamed and deleted as in Harbor', async () => {
    const ops = await create({ group_name: 'ops', group_type: 2 });
    const dev = await create({ group_name: 'dev', group_type: 3 });
    const ldap = await create({ group_name: 'staff', group_type: 1, ldap_group_dn: 'cn=staff,dc=example' });
    const id = (path: string) => Number(path.slice(1));
    const shown = { id: id(ldap), group_name: 'staff', group_type: 1, ldap_group_dn: 'cn=staff,dc=example' };
    expect((await send('GET', '')).json()).toEqual([
      { id: id(dev), group_name: 'dev', group_type: 3 },
      { id: id(ops), group_name: 'ops', group_type: 2 },
      shown,
    ]);
    expect((await send('GET', ldap)).json()).toEqual(shown);
    const byDn = await send('GET', '?ldap_group_dn=cn%3Dstaff%2Cdc%3Dexample');
    expect([byDn.json(), byDn.headers['x-total-count']]).toEqual([[shown], '1']);
    expect((await send('GET', '?group_name=O')).json()).toMatchObject([{ group_name: 'ops' }]);
    const page = await send('GET', '?page=2&page_size=2');
    expect([page.json().length, page.headers['x-total-count']]).toEqual([1, '3']);
    expect((await send('PUT', ops, { group_name: 'operations', group_type: 1, id: 99 })).statusCode).toBe(200);
    expect((await send('GET', ops)).json()).toEqual({ id: id(ops), group_name: 'operations', group_type: 2 });
    expect((await send('DELETE', dev)).statusCode).toBe(200);
    for (const method of ['GET', 'DELETE'] as const) expect((await send(method, dev)).statusCode).toBe(404);
  });

  it.each([
    [{}, 400],
    [{ group_name: 'x' }, 400],
    [{ group_name: 'x', group_type: 4 }, 400],
    [{ group_name: 'x', group_type: '2' }, 422],
    [{ group_name: '', group_type: 2 }, 400],
    [{ group_name: ' x', group_type: 2 }, 400],
    [{ group_name: 'x', group_type: 1 }, 400],
    [{ group_name: 'ops', group_type: 3 }, 409],
    [{ group_name: 'other', group_type: 1, ldap_group_dn: 'cn=a' }, 409],
  ])('refuse %j with %d', async (body, status) => {
    await create({ group_name: 'ops', group_type: 2 });
    await create({ group_name: 'a', group_type: 1, ldap_group_dn: 'cn=a' });
    expect((await send('POST', '', body)).statusCode).toBe(status);
    expect((await send('GET', '')).headers['x-total-count']).toBe('2');
  });

  it('are found by everybody who is signed in, and are for administrators otherwise', async () => {
    const ops = await create({ group_name: 'ops', group_type: 2 });
    const requests = [
      ['GET', ''],
      ['POST', '', { group_name: 'x', group_type: 2 }],
      ['GET', ops],
      ['GET', '/999999'],
      ['PUT', ops, { group_name: 'x' }],
      ['PUT', '/999999', { group_name: 'x' }],
      ['DELETE', ops],
      ['DELETE', '/999999'],
    ] as const;
    for (const [who, status] of [
      [ANONYMOUS, 401],
      [await insertPlainUser(test, 'carol'), 403],
    ] as const) {
      principal = who;
      const bodies = new Set<string>();
      for (const [method, path, body] of requests) {
        const answer = await send(method, path, body);
        expect(answer.statusCode, `${method} ${path}`).toBe(status);
        bodies.add(answer.body);
      }
      expect(bodies.size).toBe(1);
      const search = await send('GET', '/search?groupname=OP');
      if (status === 401) expect(search.statusCode).toBe(401);
      else expect(search.json()).toEqual([{ id: Number(ops.slice(1)), group_name: 'ops', group_type: 2 }]);
    }
    expect((await send('GET', '/search')).statusCode).toBe(422);
  });
});
