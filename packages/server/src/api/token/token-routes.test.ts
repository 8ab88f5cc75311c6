import Fastify, { type FastifyInstance } from 'fastify';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD, openTestIdentity, type TestIdentity } from '../../../test/in-process/test-identity.ts';
import { createProjects } from '../../projects/projects.ts';
import { registerTokenRoutes } from './token-routes.ts';

const BASIC = { authorization: `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64')}` };
const WRONG_BASIC = { authorization: `Basic ${Buffer.from('admin:wrong').toString('base64')}` };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const SERVICE = 'service=harbor-registry';

let test: TestIdentity;
let app: FastifyInstance;
beforeEach(async () => {
  test = await openTestIdentity();
  const projects = createProjects({ database: test.database, clock: test.clock });
  await projects.create({ name: 'a', isPublic: false, actor: test.actor });
  await projects.create({ name: 'open', isPublic: true, actor: test.actor });
  app = Fastify();
  registerTokenRoutes(app, {
    instanceOf: () => ({ identity: test.identity, projects }),
    originOf: (request) => ({ ...test.actor, address: request.ip }),
  });
});
afterEach(async () => {
  await app.close();
  await test.close();
});

const get = (query: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url: `/service/token?${query}`, headers });

const post = (form: Record<string, string> | [string, string][]) =>
  app.inject({
    method: 'POST',
    url: '/service/token',
    headers: FORM,
    payload: new URLSearchParams(form).toString(),
  });

type Answer = Awaited<ReturnType<typeof get>>;

/** What the token in the answer gives, as `name: actions`. */
function accessOf(answer: Answer): Record<string, string> {
  expect(answer.statusCode, answer.body).toBe(200);
  const { access } = decodeJwt<{ access: { name: string; actions: string[] }[] }>(answer.json().token);
  return Object.fromEntries(access.map(({ name, actions }) => [name, actions.join(',')]));
}

describe('a token for a client with a password', () => {
  it('has the same token twice, a time, a life, and is not to be cached', async () => {
    const answer = await get(`${SERVICE}&scope=repository:a/x:pull,push`, BASIC);
    const body = answer.json();
    expect(body).toEqual({
      token: expect.any(String),
      access_token: body.token,
      expires_in: 1800,
      issued_at: '2030-01-01T00:00:00.000Z',
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['content-type']).toMatch('application/json');
    expect(await test.identity.tokens.verify(body.token)).toMatchObject({ principal: test.administrator });
  });

  it('comes at docker login: account, client_id, offline_token, no scope', async () => {
    const answer = await get(`account=admin&client_id=docker&offline_token=true&${SERVICE}`, BASIC);
    expect(accessOf(answer)).toEqual({});
    const refreshToken = answer.json().refresh_token;
    expect(await test.identity.refreshTokens.verify(refreshToken)).toEqual(test.administrator);
  });

  it('comes to dockerd and the docker CLI for a refresh token, with several scopes in one field', async () => {
    const login = await get(`account=admin&client_id=docker&offline_token=true&${SERVICE}`, BASIC);
    for (const client_id of ['docker', 'registry-client']) {
      const answer = await post({
        grant_type: 'refresh_token',
        refresh_token: login.json().refresh_token,
        service: 'harbor-registry',
        client_id,
        scope: 'repository:a/x:push,pull repository:open/y:pull',
      });
      expect(accessOf(answer)).toEqual({ 'a/x': 'pull,push', 'open/y': 'pull' });
      expect(answer.json().refresh_token).toBeUndefined();
    }
  });

  it('gives the refresh token back to who refreshes and asks to stay', async () => {
    const login = await get(`offline_token=true&${SERVICE}`, BASIC);
    const { refresh_token } = login.json();
    const answer = await post({ grant_type: 'refresh_token', refresh_token, access_type: 'offline' });
    expect(answer.json().refresh_token).toBe(refresh_token);
  });

  it('comes to containerd, buildx and helm 3: a password form, scopes joined by spaces, some of them twice', async () => {
    const answer = await post({
      grant_type: 'password',
      service: 'harbor-registry',
      client_id: 'containerd-client',
      username: 'admin',
      password: ADMIN_PASSWORD,
      scope: 'repository:a/x:pull repository:a/x:pull,push repository:a/from:pull',
    });
    expect(accessOf(answer)).toEqual({ 'a/x': 'pull,push', 'a/from': 'pull' });
    expect(answer.json()).toMatchObject({ scope: 'repository:a/x:pull,push repository:a/from:pull' });
    expect(answer.json().refresh_token).toBeUndefined();
  });

  it('comes at the login of helm 4 and oras-go: a password form without a scope', async () => {
    const form = { grant_type: 'password', service: 'harbor-registry', client_id: 'oras-go', username: 'admin' };
    expect(accessOf(await post({ ...form, password: ADMIN_PASSWORD }))).toEqual({});
    const wrong = await post({ ...form, password: 'wrong' });
    expect(wrong.statusCode).toBe(401);
  });

  it('comes to the oras CLI and skopeo: several scope parameters', async () => {
    const answer = await get(
      `scope=repository:a/x:pull&scope=repository:a/y:pull,push&account=admin&${SERVICE}`,
      BASIC,
    );
    expect(accessOf(answer)).toEqual({ 'a/x': 'pull', 'a/y': 'pull,push' });
  });

  it('comes to cosign and crane: one scope, push first', async () => {
    expect(accessOf(await get(`scope=repository%3Aa%2Fx%3Apush%2Cpull&${SERVICE}`, BASIC))).toEqual({
      'a/x': 'pull,push',
    });
  });

  it('gives delete to oras, and all actions for a star', async () => {
    expect(accessOf(await get(`scope=repository:a/x:delete,pull&${SERVICE}`, BASIC))).toEqual({ 'a/x': 'pull,delete' });
    expect(accessOf(await get(`scope=repository:a/x:*&${SERVICE}`, BASIC))).toEqual({ 'a/x': 'pull,push,delete' });
  });

  it('opens the catalog for who is signed in', async () => {
    const query = `scope=registry:catalog:*&${SERVICE}`;
    expect(accessOf(await get(query, BASIC))).toEqual({ catalog: '*' });
    expect(accessOf(await get(query))).toEqual({});
  });

  it('is narrowed, not refused, where one scope is not allowed, unknown or malformed', async () => {
    const scopes = [
      'repository:missing/x:pull',
      'repository:a/x:pull,fly',
      'cloud:everything:*',
      'nonsense',
      'repository:*:*',
    ];
    const query = scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join('&');
    expect(accessOf(await get(`${query}&${SERVICE}`, BASIC))).toEqual({ 'a/x': 'pull' });
  });
});

describe('a token for a client without a password', () => {
  it('gives the pull of what is public', async () => {
    const answer = await get(`scope=repository:open/x:pull,push&scope=repository:a/x:pull&${SERVICE}`);
    expect(accessOf(answer)).toEqual({ 'open/x': 'pull' });
    expect(decodeJwt(answer.json().token)).toMatchObject({ sub: '', principal: { kind: 'anonymous' } });
  });

  it('is empty alike for what is private and what does not exist', async () => {
    for (const name of ['a/x', 'missing/x'])
      expect(accessOf(await get(`scope=repository:${name}:pull&${SERVICE}`))).toEqual({});
  });

  it('never brings a refresh token', async () => {
    const answer = await get(`offline_token=true&scope=repository:open/x:pull&${SERVICE}`);
    expect(answer.json()).not.toHaveProperty('refresh_token');
  });

  it('is refused without a scope, which is a login', async () => {
    for (const query of [SERVICE, `${SERVICE}&scope=`, `${SERVICE}&scope=%20`]) {
      const answer = await get(query);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Basic realm="harbor"');
      expect(answer.json().errors[0].code).toBe('UNAUTHORIZED');
    }
  });
});

describe('a token request', () => {
  it('with wrong credentials is a 401, scopes or not, known user or not', async () => {
    const unknown = { authorization: `Basic ${Buffer.from('nobody:wrong').toString('base64')}` };
    const query = `${SERVICE}&scope=repository:open/x:pull`;
    const answers = [
      await get(SERVICE, WRONG_BASIC),
      await get(query, WRONG_BASIC),
      await get(query, unknown),
      await post({ grant_type: 'password', username: 'nobody', password: 'wrong' }),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Basic realm="harbor"');
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.body).toBe(answers[0]?.body);
    }
    const malformed = await get(query, { authorization: 'Basic !' });
    expect(malformed.statusCode).toBe(401);
    expect((await get(query, { authorization: 'Bearer abc' })).statusCode).toBe(401);
  });

  it('with a refresh token that is not valid is a 401; a bearer token is none', async () => {
    const { token } = (await get(SERVICE, BASIC)).json();
    for (const refresh_token of ['', 'x', token]) {
      expect((await post({ grant_type: 'refresh_token', refresh_token })).statusCode).toBe(401);
    }
  });

  it('for another service is a 400', async () => {
    for (const service of ['token-service', 'harbor-registry2']) {
      const answer = await get(`service=${service}&scope=repository:a/x:pull`, BASIC);
      expect(answer.statusCode).toBe(400);
      expect(answer.json().errors[0].message).toContain('harbor-registry');
    }
    expect((await get(`${SERVICE}&service=other`, BASIC)).statusCode).toBe(400);
  });

  it('in a form without a known grant, or without its fields, is a 400', async () => {
    for (const form of [
      {},
      { grant_type: 'client_credentials' },
      { grant_type: 'password', username: 'admin' },
      { grant_type: 'refresh_token' },
    ]) {
      const answer = await post(form);
      expect(answer.statusCode).toBe(400);
      expect(answer.json().errors[0].code).toBe('BAD_REQUEST');
    }
  });

  it('for 10,000 scopes is a 400 with a sentence, for a hundred it is not', async () => {
    const scopes = (count: number) => Array.from({ length: count }, (_, index) => `repository:a/${index}:pull`);
    const query = (count: number) =>
      scopes(count)
        .map((scope) => `scope=${scope}`)
        .join('&');
    const answer = await get(`${SERVICE}&${query(10_000)}`, BASIC);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors[0].message).toContain('at most 100');
    expect(Object.keys(accessOf(await get(`${SERVICE}&${query(100)}`, BASIC)))).toHaveLength(100);
    const form = await post({
      grant_type: 'password',
      username: 'admin',
      password: ADMIN_PASSWORD,
      scope: scopes(1_000).join(' '),
    });
    expect(form.statusCode).toBe(400);
  });

  it('is a form of at most 64 KiB', async () => {
    const large = await post({ grant_type: 'password', username: 'admin', password: 'x'.repeat(70_000) });
    expect(large.statusCode).toBe(413);
    expect(large.json().errors[0].message).toContain('65536 bytes');
    const json = await app.inject({ method: 'POST', url: '/service/token', payload: { grant_type: 'password' } });
    expect(json.statusCode).toBe(415);
    expect(json.json().errors[0].code).toBe('UNSUPPORTED');
  });

  it('is a 429 with a time after too many wrong passwords', async () => {
    for (let index = 0; index < 10; index += 1) {
      const guess = Buffer.from(`admin:guess ${index}`).toString('base64');
      await get(SERVICE, { authorization: `Basic ${guess}` });
    }
    const answer = await get(SERVICE, WRONG_BASIC);
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('30');
    expect(answer.json().errors[0].code).toBe('TOOMANYREQUESTS');
  });

  it('that fails inside tells nothing of the failure', async () => {
    const broken = Fastify();
    registerTokenRoutes(broken, {
      instanceOf: () => {
        throw new Error('/secret/path');
      },
      originOf: () => test.actor,
    });
    const answer = await broken.inject({ method: 'GET', url: `/service/token?${SERVICE}`, headers: BASIC });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret');
    await broken.close();
  });
});
