import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insertPlainUser, openTestIdentity, type TestIdentity } from '../../../../test/in-process/test-identity.ts';
import { type AccessSettings, DEFAULT_ACCESS_SETTINGS } from '../../../identity/access-settings.ts';
import { ANONYMOUS, type Principal } from '../../../kernel/principal.ts';
import { createPolicies } from '../../../policies/policies.ts';
import { createProjects, type Projects } from '../../../projects/projects.ts';
import { registerProjectRoutes } from './project-routes.ts';

const BASE = '/api/v2.0/projects';

let test: TestIdentity;
let projects: Projects;
let projectCreation: AccessSettings['projectCreation'];
let app: FastifyInstance;
let user: Principal;
let principal: Principal;
beforeEach(async () => {
  test = await openTestIdentity();
  projects = createProjects({
    database: test.database,
    clock: test.clock,
    settings: async () => ({ ...DEFAULT_ACCESS_SETTINGS, projectCreation }),
  });
  projectCreation = 'everyone';
  user = await insertPlainUser(test, 'carol');
  principal = test.administrator;
  app = Fastify();
  registerProjectRoutes(app, {
    instanceOf: () => ({ projects, policies: createPolicies({ database: test.database, clock: test.clock }) }),
    actorOf: () => ({ ...test.actor, principal }),
  });
});
afterEach(async () => {
  await app.close();
  await test.close();
});

const create = (name: string, isPublic = false) => projects.create({ name, isPublic, actor: test.actor });
const send = (method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: object, headers = {}) =>
  app.inject({
    method,
    url: `${BASE}${path}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  } as InjectOptions);

describe('POST /projects', () => {
  it('makes a project and says where it is, by id or by name', async () => {
    const answer = await send('POST', '', { project_name: 'library', metadata: { public: 'true' } });
    expect(answer.statusCode).toBe(201);
    expect(answer.body).toBe('');
    expect(answer.headers['x-request-id']).toBe('request-1');
    const { id } = await projects.get('library');
    expect(answer.headers.location).toBe(`${BASE}/${id}`);
    const named = await send('POST', '', { project_name: 'other' }, { 'x-resource-name-in-location': 'true' });
    expect(named.headers.location).toBe(`${BASE}/other`);
  });

  it.each([
    [{ metadata: { public: 'true' } }, true],
    [{ metadata: { public: 'false' }, public: true }, false],
    [{ public: true }, true],
    [{ public: false }, false],
    [{ metadata: null, public: null, cve_allowlist: null, registry_id: null, storage_limit: null }, false],
    [{ storage_limit: -1, cve_allowlist: { items: [] }, metadata: { public: 'true', auto_scan: 'false' } }, true],
  ])('reads %j', async (body, isPublic) => {
    expect((await send('POST', '', { project_name: 'p', ...body })).statusCode).toBe(201);
    expect(await projects.find('p')).toMatchObject({ isPublic });
  });

  it.each([
    [{ metadata: { visibility: 'internal' } }, { isPublic: false, isInternal: true }],
    [{ metadata: { visibility: 'internal', public: 'false' } }, { isPublic: false, isInternal: true }],
    [{ metadata: { visibility: 'public' } }, { isPublic: true, isInternal: false }],
    [{ metadata: { visibility: '' } }, { isPublic: false, isInternal: false }],
  ])('reads who shall see it from %j', async (body, expected) => {
    expect((await send('POST', '', { project_name: 'p', ...body })).statusCode).toBe(201);
    expect(await projects.find('p')).toMatchObject(expected);
  });

  it('leaves an internal project to who only knows public projects, until it is made public', async () => {
    await send('POST', '', { project_name: 'p', metadata: { visibility: 'internal' } });
    const metadata = async () => (await send('GET', '/p')).json().metadata;
    expect(await metadata()).toEqual({ public: 'false', visibility: 'internal' });
    await send('PUT', '/p', { metadata: { public: 'false' } });
    expect(await metadata()).toEqual({ public: 'false', visibility: 'internal' });
    await send('PUT', '/p', { metadata: { public: 'true' } });
    expect(await metadata()).toEqual({ public: 'true' });
    await send('PUT', '/p', { metadata: { public: 'false' } });
    expect(await metadata()).toEqual({ public: 'false' });
  });

  it.each([
    [{ project_name: 'p', metadata: { visibility: 'open' } }, 'metadata.visibility'],
    [{ project_name: 'p', metadata: { visibility: 'internal', public: 'true' } }, 'contradicts'],
    [{ project_name: 'Library' }, 'lower-case'],
    [{ project_name: '' }, '1 to 128'],
    [{}, '1 to 128'],
    [{ project_name: 'p', storage_limit: -2 }, 'a limit of storage'],
    [{ project_name: 'p', metadata: { auto_scan: 'yes' } }, 'metadata auto_scan'],
    [{ project_name: 'p', metadata: { owner: 'me' } }, 'projects have no metadata'],
    [{ project_name: 'p', metadata: { public: 'perhaps' } }, 'metadata.public'],
  ])('refuses %j with a sentence', async (body, sentence) => {
    const answer = await send('POST', '', body);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.json()).toEqual({ errors: [{ code: 'BAD_REQUEST', message: expect.stringContaining(sentence) }] });
    expect(await projects.find('p')).toBeUndefined();
  });

  it.each([[{ project_name: 'p', registry_id: 1 }, 'proxy cache']])(
    'answers 412 for %j, which is not there yet',
    async (body, sentence) => {
      const answer = await send('POST', '', body);
      expect(answer.statusCode).toBe(412);
      expect(answer.json().errors[0].message).toContain(sentence);
      expect(await projects.find('p')).toBeUndefined();
    },
  );

  it('answers 409 for a name that is taken, and 422 for a body of another form', async () => {
    await create('library');
    const taken = await send('POST', '', { project_name: 'library' });
    expect(taken.statusCode).toBe(409);
    expect(taken.json().errors[0].code).toBe('CONFLICT');
    const malformed = await send('POST', '', { project_name: { $ne: 1 } });
    expect(malformed.statusCode).toBe(422);
    expect(malformed.json().errors[0].code).toBe('UNPROCESSABLE_ENTITY');
    const broken = await app.inject({
      method: 'POST',
      url: BASE,
      headers: { 'content-type': 'application/json' },
      payload: '{',
    });
    expect(broken.statusCode).toBe(400);
    const empty = await send('POST', '', undefined, { 'content-type': 'application/json' });
    expect(empty.statusCode).toBe(422);
  });

  it('takes no field that only the server sets', async () => {
    const body = {
      project_name: 'p',
      project_id: 99,
      owner_id: 99,
      owner_name: 'x',
      creation_time: '2000-01-01T00:00:00Z',
    };
    await send('POST', '', body);
    expect(await projects.get('p')).toMatchObject({ ownerId: test.administrator.id, createdAt: test.clock.now() });
  });

  it('is for everybody who is signed in', async () => {
    principal = ANONYMOUS;
    expect((await send('POST', '', { project_name: 'p' })).statusCode).toBe(401);
    principal = user;
    expect((await send('POST', '', { project_name: 'p' })).statusCode).toBe(201);
    const body = (await send('GET', '/p')).json();
    expect(body).toMatchObject({ owner_name: 'carol', current_user_role_id: 1, current_user_role_ids: [1] });
  });

  it('is for administrators where the settings say so', async () => {
    projectCreation = 'administrators';
    principal = user;
    const answer = await send('POST', '', { project_name: 'p' });
    expect(answer.statusCode).toBe(403);
    expect(answer.json().errors[0].code).toBe('FORBIDDEN');
    expect(await projects.find('p')).toBeUndefined();
  });
});

describe('GET /projects', () => {
  beforeEach(async () => {
    for (const name of ['a', 'ab', 'b', 'c']) {
      test.clock.advance(1000);
      await create(name, name !== 'c');
    }
  });

  const names = async (query: string) => {
    const answer = await send('GET', `?${query}`);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json().map((project: { name: string }) => project.name);
  };

  it('lists by name, with the total and links', async () => {
    const answer = await send('GET', '?page=2&page_size=1&q=name%3D~a&sort=-name');
    expect(answer.json()).toHaveLength(1);
    expect(answer.headers['x-total-count']).toBe('2');
    expect(answer.headers.link).toBe(`<${BASE}?q=name=~a&sort=-name&page=1&page_size=1>; rel="prev"`);
    const middle = await send('GET', '?page=2&page_size=1');
    expect(middle.headers.link).toBe(
      `<${BASE}?page=1&page_size=1>; rel="prev" , <${BASE}?page=3&page_size=1>; rel="next"`,
    );
    expect((await send('GET', '')).headers.link).toBeUndefined();
    expect(await names('')).toEqual(['a', 'ab', 'b', 'c']);
  });

  it('lets nobody write into the link header, and repeats no parameter that lists do not know', async () => {
    const q = encodeURIComponent('x=>; rel="evil"\r\nX: y');
    const answer = await send('GET', `?page_size=1&name=&q=${q}&password=Some-Password-1`);
    expect(answer.headers.link).toBe(
      `<${BASE}?name=&q=x=%3E%3B%20rel=%22evil%22%0D%0AX:%20y&page=2&page_size=1>; rel="next"`,
    );
  });

  it('filters and sorts', async () => {
    expect(await names('name=a')).toEqual(['a', 'ab']);
    expect(await names('q=name%3Da')).toEqual(['a']);
    expect(await names('q=name%3D~b')).toEqual(['ab', 'b']);
    expect(await names('q=name%253D~b')).toEqual(['ab', 'b']);
    expect(await names('public=false')).toEqual(['c']);
    expect(await names('q=public%3Dtrue,name%3D~a')).toEqual(['a', 'ab']);
    expect(await names('sort=-creation_time')).toEqual(['c', 'b', 'ab', 'a']);
    expect(await names('sort=creation_time')).toEqual(['a', 'ab', 'b', 'c']);
    expect(await names('owner=admin&name=b')).toEqual(['ab', 'b']);
  });

  it('is not changed by conditions on what it does not show', async () => {
    for (const key of ['password', 'owner_id', 'user__password', 'is_public']) {
      expect(await names(`q=${key}%3D~x`)).toHaveLength(4);
    }
  });

  it.each(['sort=password', "sort=name'--", 'sort=name,(select 1)', 'q=name', 'q=name%3D[a~b]', 'q=public%3Dmaybe'])(
    'refuses %s',
    async (query) => {
      expect((await send('GET', `?${query}`)).statusCode).toBe(400);
    },
  );

  it.each([
    'page=0',
    'page=-1',
    'page=x',
    'page_size=101',
    'page_size=0',
    'page_size=-1',
    'page=1e99',
    'page=Infinity',
    'page_size=Infinity',
    'page=1e2',
    'page=0x10',
    'page=%205',
    'page=5%0A',
    'page=+1',
    'page=1.0',
    'page=1000000001',
    `page=${'0'.repeat(40)}1`,
    'page=1&page=2',
    'page=%D9%A1',
    'public=maybe',
    'name=a%00',
  ])('answers 422 for %s', async (query) => {
    const answer = await send('GET', `?${query}`);
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors[0].code).toBe('UNPROCESSABLE_ENTITY');
  });

  it.each(['page=&page_size=', 'page=01&page_size=010', 'page=1000000000&page_size=100'])('takes %s', async (query) => {
    expect((await send('GET', `?${query}`)).statusCode).toBe(200);
  });

  it('shows who has no rights what is public, and counts no more', async () => {
    for (const each of [ANONYMOUS, user]) {
      principal = each;
      const answer = await send('GET', '');
      expect(answer.json().map((project: { name: string }) => project.name)).toEqual(['a', 'ab', 'b']);
      expect(answer.headers['x-total-count']).toBe('3');
      expect(answer.json()[0]).not.toHaveProperty('current_user_role_id');
    }
  });
});

describe('GET /projects/{project_name_or_id}', () => {
  it('shows the project by id and by name', async () => {
    const { id } = await create('library', true);
    const expected = {
      project_id: id,
      name: 'library',
      owner_id: test.administrator.id,
      owner_name: 'admin',
      creation_time: '2030-01-01T00:00:00.000Z',
      update_time: '2030-01-01T00:00:00.000Z',
      deleted: false,
      repo_count: 0,
      metadata: { public: 'true' },
      current_user_role_id: 1,
      current_user_role_ids: [1],
    };
    expect((await send('GET', `/${id}`)).json()).toMatchObject(expected);
    expect((await send('GET', '/library')).json()).toMatchObject(expected);
  });

  it('takes digits for an id, unless they are said to be a name', async () => {
    await create('library');
    const { id } = await create('1');
    expect((await send('GET', '/1')).json()).toMatchObject({ name: 'library' });
    expect((await send('GET', '/1', undefined, { 'x-is-resource-name': 'true' })).json()).toMatchObject({
      project_id: id,
    });
    expect((await send('GET', '/99999999999999999999')).statusCode).toBe(404);
  });

  it('answers a foreign project and a missing one alike', async () => {
    const { id } = await create('closed');
    for (const [who, status] of [
      [ANONYMOUS, 401],
      [user, 403],
    ] as const) {
      principal = who;
      for (const method of ['GET', 'PUT', 'DELETE'] as const) {
        const body = method === 'PUT' ? { metadata: { public: 'true' } } : undefined;
        const answers = [];
        for (const key of ['closed', String(id), 'missing', '4711']) answers.push(await send(method, `/${key}`, body));
        expect(answers.map((answer) => answer.statusCode)).toEqual([status, status, status, status]);
        expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
      }
    }
    expect(await projects.find('closed')).toMatchObject({ isPublic: false });
    principal = test.administrator;
    expect((await send('GET', '/missing')).json().errors[0].code).toBe('NOT_FOUND');
  });

  it('shows a public project to everybody, who may not change it', async () => {
    await create('open', true);
    for (const [who, status] of [
      [ANONYMOUS, 401],
      [user, 403],
    ] as const) {
      principal = who;
      expect((await send('GET', '/open')).statusCode).toBe(200);
      expect((await send('PUT', '/open', { metadata: { public: 'false' } })).statusCode).toBe(status);
      expect((await send('DELETE', '/open')).statusCode).toBe(status);
    }
  });
});

describe('HEAD /projects', () => {
  it('says whether a name is taken, to who is signed in', async () => {
    await create('library');
    expect((await send('HEAD', '?project_name=library')).statusCode).toBe(200);
    expect((await send('HEAD', '?project_name=missing')).statusCode).toBe(404);
    expect((await send('HEAD', '')).statusCode).toBe(422);
    principal = ANONYMOUS;
    expect((await send('HEAD', '?project_name=library')).statusCode).toBe(401);
    expect((await send('HEAD', '?project_name=missing')).statusCode).toBe(401);
  });
});

describe('PUT /projects/{project_name_or_id}', () => {
  it('makes a project public and private, and refuses what it cannot do', async () => {
    const { id } = await create('library');
    const answer = await send('PUT', '/library', { metadata: { public: 'true', severity: 'low' } });
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
    expect(await projects.find('library')).toMatchObject({ isPublic: true });
    expect((await send('PUT', `/${id}`, { project_name: 'library', public: false })).statusCode).toBe(200);
    expect(await projects.find('library')).toMatchObject({ isPublic: false });
    expect((await send('PUT', `/${id}`, { project_name: 'renamed' })).statusCode).toBe(400);
    expect((await send('PUT', `/${id}`, { metadata: { prevent_vul: 'perhaps' } })).statusCode).toBe(400);
    expect((await send('PUT', `/${id}`, {})).statusCode).toBe(200);
  });
});

describe('DELETE /projects/{project_name_or_id}', () => {
  it('removes an empty project, and answers 412 for one that holds artifacts', async () => {
    const { id } = await create('library');
    await test.database.write(async (tx) => {
      const repository = await tx
        .insertInto('repositories')
        .values({ project_id: id, name: 'library/app', created_at: 1, updated_at: 1 })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx
        .insertInto('manifests')
        .values({
          repository_id: repository.id,
          digest: Buffer.alloc(33),
          media_type: 'x',
          kind: 'image',
          artifact_type: null,
          subject_digest: null,
          annotations: '{}',
          size: 1,
          created_at: 1,
          pushed_by: 'user:1',
          bytes: Buffer.alloc(1),
        })
        .execute();
    });
    const refused = await send('DELETE', `/${id}`);
    expect(refused.statusCode).toBe(412);
    expect(refused.json().errors[0].code).toBe('PRECONDITION');
    await test.database.write((tx) => tx.deleteFrom('manifests').execute());
    // Harbor's Terraform provider sends a JSON content type and no body.
    const answer = await send('DELETE', '/library', undefined, { 'content-type': 'application/json' });
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
    expect((await send('GET', '/library')).statusCode).toBe(404);
  });
});
