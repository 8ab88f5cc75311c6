import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestIdentity, type TestIdentity } from '../../../../test/in-process/test-identity.ts';
import type { PermissionKey } from '../../../kernel/permission.ts';
import type { Principal } from '../../../kernel/principal.ts';
import { createProjects } from '../../../projects/projects.ts';
import { registerUserRoutes } from './user-routes.ts';

const BASE = '/api/v2.0/users';
const PASSWORD = 'Some-Password-1';

/** What no test over HTTP can do while nothing makes robots: ask as one that was given the right to look after users. */
describe('users, for robots and access tokens', () => {
  let test: TestIdentity;
  let app: FastifyInstance;
  let principal: Principal;
  let carol: number;
  beforeEach(async () => {
    test = await openTestIdentity();
    const { identity, database, clock } = test;
    carol = await identity.accounts.create({ name: 'carol', password: PASSWORD }, test.actor);
    const projects = createProjects({ database, clock });
    app = Fastify();
    registerUserRoutes(app, {
      instanceOf: () => ({ identity, projects }),
      actorOf: () => ({ ...test.actor, principal }),
      exchangeOf: () => {
        throw new Error('nobody here changes the own password');
      },
    });
  });
  afterEach(async () => {
    await app?.close();
    await test?.close();
  });

  const ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: object) =>
    app.inject({ method, url: `${BASE}${path}`, ...(payload && { payload }) } as InjectOptions);

  async function becomeRobot(...allow: readonly PermissionKey[]): Promise<void> {
    const now = test.clock.now();
    const permissions = JSON.stringify([{ scope: 'system', allow, deny: [] }]);
    await test.database.write((tx) =>
      tx
        .insertInto('robots')
        .values({
          full_name: 'keeper',
          description: '',
          duration_days: -1,
          permissions,
          epoch: 1,
          created_by: 'user:1',
          created_at: now,
          updated_at: now,
        })
        .execute(),
    );
    principal = { kind: 'robot', id: 1, name: 'robot$keeper' };
  }

  async function becomeToken(permissions: string | null): Promise<void> {
    const { id: userId } = test.administrator;
    const row = { user_id: userId, name: 'ci', token_hash: Buffer.alloc(32), permissions, created_at: 0 };
    await test.database.write((tx) => tx.insertInto('access_tokens').values(row).execute());
    principal = { kind: 'access-token', id: 1, userId, name: 'admin', isAdministrator: true };
  }

  it('are open to a robot as far as it was given them', async () => {
    await becomeRobot('user:list', 'user:read', 'user:create');
    expect((await ask('GET', '')).json()).toHaveLength(2);
    expect((await ask('GET', `/${carol}`)).json()).toMatchObject({ username: 'carol' });
    expect((await ask('POST', '', { username: 'dave', password: PASSWORD })).statusCode).toBe(201);
    expect((await ask('PUT', `/${carol}`, { comment: 'x' })).statusCode).toBe(403);
    expect((await ask('DELETE', `/${carol}`)).statusCode).toBe(403);
    expect((await ask('GET', '/current')).statusCode).toBe(412);
  });

  it('never make a robot, or a token, an administrator, whatever it was given', async () => {
    const { id: admin } = test.administrator;
    const everything = ['user:list', 'user:read', 'user:create', 'user:update', 'user:delete'] as const;
    for (const become of [() => becomeRobot(...everything), () => becomeToken(null)]) {
      await become();
      const passwords = { new_password: 'Another-Password-2' };
      const refused = [
        await ask('PUT', `/${carol}/sysadmin`, { sysadmin_flag: true }),
        await ask('PUT', `/${admin}/sysadmin`, { sysadmin_flag: false }),
        await ask('PUT', `/${admin}/password`, passwords),
        await ask('PUT', `/${admin}`, { email: 'evil@example.com' }),
        await ask('DELETE', `/${admin}`),
      ];
      expect(refused.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403]);
      expect((await ask('PUT', `/${carol}/password`, passwords)).statusCode).toBe(200);
      expect((await ask('PUT', `/${carol}`, { comment: 'looked after' })).statusCode).toBe(200);
    }
    expect(await test.identity.accounts.find(admin)).toMatchObject({ isAdministrator: true, email: '' });
    expect(await test.identity.accounts.find(carol)).toMatchObject({ isAdministrator: false });
  });

  it('are shut for a token that was given something else, but for its owner', async () => {
    await becomeToken(JSON.stringify([{ scope: 'all-projects', allow: ['repository:pull'], deny: [] }]));
    expect((await ask('GET', '')).statusCode).toBe(403);
    expect((await ask('GET', `/${carol}`)).statusCode).toBe(403);
    expect((await ask('GET', '/current')).json()).toMatchObject({ username: 'admin' });
    const passwords = { old_password: PASSWORD, new_password: 'Another-Password-2' };
    expect((await ask('PUT', `/${test.administrator.id}/password`, passwords)).statusCode).toBe(403);
  });
});
