import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { insertPlainUser, openTestIdentity, type TestIdentity } from '../../../test/in-process/test-identity.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { PermissionKey } from '../../kernel/permission.ts';
import { type Principal, userIdOf } from '../../kernel/principal.ts';
import type { Project } from '../project.ts';
import { createProjects, type Projects } from '../projects.ts';

const ADMIN_ROLE = 1;
const DEVELOPER = 2;
const GUEST = 3;

describe.each(ENGINES)('members of projects on %s', (engine) => {
  let test: TestIdentity;
  let projects: Projects;
  let project: Project;
  let carol: Principal;
  let dave: Principal;

  beforeEach(async () => {
    test = await openTestIdentity(engine);
    projects = createProjects({ database: test.database, clock: test.clock });
    test.identity.groups.onChange(() => projects.forgetRights());
    project = await projects.create({ name: 'team', isPublic: false, actor: test.actor });
    carol = await insertPlainUser(test, 'carol');
    dave = await insertPlainUser(test, 'dave');
  });
  afterEach(() => test?.close());

  const as = (principal: Principal): Actor => ({ ...test.actor, principal });
  const may = (who: Principal, key: PermissionKey, repository?: string) => {
    const [resource = '', action = ''] = key.split(':');
    return projects.permissions.can(who, { resource, action }, { project, repository });
  };
  const add = (name: string, roleId: number, repositories = '', actor = test.actor) =>
    projects.members.add(project, { entity: { kind: 'user', name }, roleId, repositories }, actor);
  const journal = async () => {
    const rows = await test.database.reader.selectFrom('journal').selectAll().orderBy('id').execute();
    return rows
      .filter(({ kind }) => /^(member|role|group)\./.test(kind))
      .map((row) => [row.kind, JSON.parse(row.detail)]);
  };

  it('may what their role says from the moment they are added to the moment they are removed', async () => {
    expect(await may(carol, 'repository:push')).toBe(false);
    const id = await add('carol', DEVELOPER);
    expect(await may(carol, 'repository:push')).toBe(true);
    await projects.members.change(project, id, { roleId: GUEST, repositories: undefined }, test.actor);
    expect([await may(carol, 'repository:push'), await may(carol, 'repository:pull')]).toEqual([false, true]);
    await projects.members.remove(project, id, test.actor);
    expect(await may(carol, 'repository:pull')).toBe(false);
    const described = (role: string) =>
      JSON.stringify({ user: 'carol', userId: userIdOf(carol), role, repositories: '' });
    const shared = { resource: 'team', outcome: 'done', memberId: id };
    expect(await journal()).toEqual([
      ['member.added', { ...shared, after: described('developer') }],
      ['member.updated', { ...shared, before: described('developer'), after: described('guest') }],
      ['member.removed', { ...shared, before: described('guest') }],
    ]);
  });

  it('are listed by name, found by a part of it, and are of one project only', async () => {
    const other = await projects.create({ name: 'other', isPublic: false, actor: test.actor });
    const id = await add('dave', GUEST, 'team_a/*');
    await add('carol', DEVELOPER);
    const { members, total } = await projects.members.list({ project, page: 1, pageSize: 10 });
    expect(
      members.map(({ entityName, roleName, roleId, repositories }) => [entityName, roleName, roleId, repositories]),
    ).toEqual([
      ['admin', 'projectAdmin', 1, ''],
      ['carol', 'developer', 2, ''],
      ['dave', 'guest', 3, 'team_a/*'],
    ]);
    expect(total).toBe(3);
    const page = await projects.members.list({ project, page: 2, pageSize: 2 });
    expect([page.members.map(({ entityName }) => entityName), page.total]).toEqual([['dave'], 3]);
    const found = await projects.members.list({ project, nameContains: 'AR', page: 1, pageSize: 10 });
    expect([found.members.map(({ entityName }) => entityName), found.total]).toEqual([['carol'], 1]);
    expect((await projects.members.list({ project, nameContains: '_', page: 1, pageSize: 10 })).total).toBe(0);
    for (const foreign of [id, 999_999]) {
      const missing = { code: 'NOT_FOUND', message: 'the project has no such member' };
      const change = { roleId: ADMIN_ROLE, repositories: undefined };
      await expect(projects.members.get(other, foreign)).rejects.toMatchObject(missing);
      await expect(projects.members.change(other, foreign, change, test.actor)).rejects.toMatchObject(missing);
      await expect(projects.members.remove(other, foreign, test.actor)).rejects.toMatchObject(missing);
    }
    expect(await projects.members.get(project, id)).toMatchObject({ entityName: 'dave', roleId: GUEST });
  });

  it('have one role for the same repositories, and may have others for others', async () => {
    await add('carol', GUEST);
    await expect(add('carol', DEVELOPER)).rejects.toMatchObject({ code: 'CONFLICT' });
    const id = await add('carol', DEVELOPER, 'team/*');
    expect(await may(carol, 'repository:push', 'team/team/app')).toBe(true);
    expect(await may(carol, 'repository:push', 'team/app')).toBe(false);
    const change = projects.members.change(project, id, { roleId: DEVELOPER, repositories: '' }, test.actor);
    await expect(change).rejects.toMatchObject({ code: 'CONFLICT' });
    await projects.members.change(project, id, { roleId: DEVELOPER, repositories: 'app*' }, test.actor);
    expect([
      await may(carol, 'repository:push', 'team/team/app'),
      await may(carol, 'repository:push', 'team/app'),
    ]).toEqual([false, true]);
  });

  it.each([
    [{ kind: 'user', name: 'nobody' }, GUEST, '', 'NOT_FOUND'],
    [{ kind: 'user', id: 999_999 }, GUEST, '', 'BAD_REQUEST'],
    [{ kind: 'group', id: 999_999 }, GUEST, '', 'BAD_REQUEST'],
    [{ kind: 'group', name: 'nobody', groupKind: undefined }, GUEST, '', 'NOT_FOUND'],
    [{ kind: 'group', name: 'nobody', groupKind: 'ldap' }, GUEST, '', 'NOT_FOUND'],
    [{ kind: 'user', name: 'carol' }, 6, '', 'BAD_REQUEST'],
    [{ kind: 'user', name: 'carol' }, 1_000, '', 'BAD_REQUEST'],
    [{ kind: 'user', name: 'carol' }, 1_999, '', 'BAD_REQUEST'],
    [{ kind: 'user', name: 'carol' }, GUEST, 'Team/%', 'BAD_REQUEST'],
  ] as const)('are not made of %j, %d, %j', async (entity, roleId, repositories, code) => {
    const added = projects.members.add(project, { entity, roleId, repositories }, test.actor);
    await expect(added).rejects.toMatchObject({ code });
    expect((await projects.members.list({ project, page: 1, pageSize: 10 })).total).toBe(1);
  });

  it('are given no role with permissions that who gives it lacks', async () => {
    const recruiter = {
      name: 'recruiter',
      description: '',
      permissions: ['member:create', 'member:update', 'member:list'],
    };
    const { id: roleId } = await projects.roles.create(recruiter, test.actor);
    await add('carol', roleId);
    for (const wanted of [ADMIN_ROLE, GUEST]) {
      await expect(add('dave', wanted, '', as(carol))).rejects.toMatchObject({ code: 'DENIED' });
      await expect(add('dave', wanted, '*', as(carol))).rejects.toMatchObject({ code: 'DENIED' });
    }
    const { members } = await projects.members.list({ project, nameContains: 'carol', page: 1, pageSize: 1 });
    const change = { roleId: ADMIN_ROLE, repositories: undefined };
    const promoted = projects.members.change(project, members[0]?.id ?? 0, change, as(carol));
    await expect(promoted).rejects.toMatchObject({ code: 'DENIED' });
    await add('dave', roleId, '', as(carol));
    expect(await may(dave, 'member:create')).toBe(true);
    // The administrator of a project has all of Harbor's roles to give.
    const erin = await insertPlainUser(test, 'erin');
    await add('erin', ADMIN_ROLE);
    for (const [index, builtin] of [1, 2, 3, 4, 5].entries()) await add('carol', builtin, `r${index}`, as(erin));
  });

  it('may leave a project without an administrator', async () => {
    const { members } = await projects.members.list({ project, page: 1, pageSize: 1 });
    await projects.members.remove(project, members[0]?.id ?? 0, test.actor);
    expect((await projects.members.list({ project, page: 1, pageSize: 1 })).total).toBe(0);
    expect(await may(test.administrator, 'member:create')).toBe(true);
  });

  it('lose a custom role that is changed or deleted at once', async () => {
    const content = {
      name: 'puller',
      description: 'x',
      permissions: ['repository:pull', 'repository:list', 'repository:pull'],
    };
    const role = await projects.roles.create(content, test.actor);
    expect(role).toMatchObject({ isBuiltin: false, permissions: ['repository:list', 'repository:pull'] });
    await add('carol', role.id);
    expect(await may(carol, 'repository:pull')).toBe(true);
    await projects.roles.change(role.id, { ...content, permissions: ['repository:list'] }, test.actor);
    expect([await may(carol, 'repository:pull'), await may(carol, 'repository:list')]).toEqual([false, true]);
    const refused = projects.roles.delete(role.id, { force: false, actor: test.actor });
    await expect(refused).rejects.toMatchObject({ code: 'PRECONDITION' });
    await projects.roles.delete(role.id, { force: true, actor: test.actor });
    expect(await may(carol, 'repository:list')).toBe(false);
    expect((await projects.members.list({ project, page: 1, pageSize: 9 })).total).toBe(1);
    expect((await projects.roles.list()).map(({ name }) => name)).toEqual([
      'projectAdmin',
      'maintainer',
      'developer',
      'guest',
      'limitedGuest',
    ]);
    expect((await journal()).map(([kind]) => kind)).toEqual([
      'role.created',
      'member.added',
      'role.updated',
      'role.deleted',
    ]);
  });

  it.each([
    [{ name: 'Guest', permissions: ['repository:pull'] }, 'every registry has'],
    [{ name: '', permissions: ['repository:pull'] }, 'name'],
    [{ name: 'x', permissions: [] }, 'one at least'],
    [{ name: 'x', permissions: ['user:create'] }, 'user:create'],
    [{ name: 'x', permissions: ['project:create'] }, 'project:create'],
  ])('have no role like %j', async (content, sentence) => {
    const created = projects.roles.create({ description: '', ...content }, test.actor);
    await expect(created).rejects.toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining(sentence) });
  });

  it('may be groups, whose users come and go', async () => {
    const { groups } = test.identity;
    const groupId = await groups.create({ name: 'ops', kind: 'internal' }, test.actor);
    const entity = { kind: 'group', name: 'ops', groupKind: undefined } as const;
    await projects.members.add(project, { entity, roleId: DEVELOPER, repositories: '' }, test.actor);
    const member = { groupId, userId: userIdOf(carol) ?? 0, actor: test.actor };
    expect(await may(carol, 'repository:push')).toBe(false);
    await groups.setMember({ ...member, isMember: true });
    await groups.setMember({ ...member, isMember: true });
    expect(await may(carol, 'repository:push')).toBe(true);
    await groups.setMember({ ...member, isMember: false });
    expect(await may(carol, 'repository:push')).toBe(false);
    await groups.setMember({ ...member, isMember: true });
    await groups.delete(groupId, test.actor);
    expect(await may(carol, 'repository:push')).toBe(false);
    expect((await projects.members.list({ project, page: 1, pageSize: 9 })).total).toBe(1);
    const last = (await journal()).at(-1);
    expect(last).toEqual([
      'group.deleted',
      { resource: 'ops', outcome: 'done', groupId, kind: 'internal', memberOf: ['team'] },
    ]);
  });

  it('may be groups of the login provider, set at each sign-in, which are never those of the same name here', async () => {
    const { groups } = test.identity;
    const userId = userIdOf(carol) ?? 0;
    await groups.create({ name: 'ops', kind: 'internal' }, test.actor);
    const entity = { kind: 'group', name: 'ops', groupKind: undefined } as const;
    await projects.members.add(project, { entity, roleId: ADMIN_ROLE, repositories: '' }, test.actor);
    const dev = { kind: 'group', name: 'dev', groupKind: 'oidc' } as const;
    await projects.members.add(project, { entity: dev, roleId: GUEST, repositories: '' }, test.actor);
    const set = (kind: 'oidc' | 'ldap', names: readonly string[]) =>
      groups.setExternal({ userId, kind, names, actor: as(carol) });
    await set('oidc', ['ops', 'ops', '']);
    expect(await may(carol, 'repository:pull')).toBe(false);
    await set('oidc', ['dev', 'ops']);
    expect([await may(carol, 'repository:pull'), await may(carol, 'repository:push')]).toEqual([true, false]);
    await set('ldap', ['cn=dev,dc=example']);
    expect(await may(carol, 'repository:pull')).toBe(true);
    await set('oidc', []);
    expect(await may(carol, 'repository:pull')).toBe(false);
    const { groups: all } = await groups.list({ page: 1, pageSize: 10 });
    expect(all.map(({ name, kind, externalName }) => [name, kind, externalName])).toEqual([
      ['dev', 'oidc', 'dev'],
      ['dev (ldap)', 'ldap', 'cn=dev,dc=example'],
      ['ops', 'internal', undefined],
      ['ops (oidc)', 'oidc', 'ops'],
    ]);
    const external = all.find(({ name }) => name === 'dev')?.id ?? 0;
    const byHand = groups.setMember({ groupId: external, userId, isMember: true, actor: test.actor });
    await expect(byHand).rejects.toMatchObject({ code: 'PRECONDITION' });
  });

  it('may be new groups of the provider that several sign-ins bring at once', async () => {
    const { groups } = test.identity;
    const names = Array.from({ length: 5 }, (_, index) => `new-${index}`);
    const sets = [carol, dave, test.administrator].map((who) =>
      groups.setExternal({ userId: userIdOf(who) ?? 0, kind: 'oidc', names, actor: as(who) }),
    );
    await Promise.all(sets);
    const { groups: all } = await groups.list({ page: 1, pageSize: 10 });
    expect(all.map(({ name }) => name)).toEqual(names);
    for (const { id } of all) expect(await groups.listMembers(id)).toHaveLength(3);
  });
});
