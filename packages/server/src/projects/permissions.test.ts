import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insertPlainUser, openTestIdentity, type TestIdentity } from '../../test/in-process/test-identity.ts';
import { DEFAULT_ACCESS_SETTINGS } from '../identity/access-settings.ts';
import { ANONYMOUS, type Principal, userIdOf } from '../kernel/principal.ts';
import { createProjects, type Projects } from './projects.ts';

const ALL = ['pull', 'push', 'delete'];

const onlyAdministratorsCreate = async () => ({
  ...DEFAULT_ACCESS_SETTINGS,
  projectCreation: 'administrators' as const,
});

let test: TestIdentity;
let projects: Projects;
let user: Principal;
beforeEach(async () => {
  test = await openTestIdentity();
  projects = createProjects({ database: test.database, clock: test.clock });
  await projects.create({ name: 'open', isPublic: true, actor: test.actor });
  await projects.create({ name: 'closed', isPublic: false, actor: test.actor });
  user = await insertPlainUser(test, 'carol');
});
afterEach(() => test.close());

const allowed = async (principal: Principal, repository: string) => [
  ...(await projects.permissions.allowedActions(principal, repository)),
];

describe('permissions', () => {
  it('give an administrator everything on what exists', async () => {
    for (const repository of ['open/app', 'closed/app', 'closed/a/b/c']) {
      expect(await allowed(test.administrator, repository)).toEqual(ALL);
    }
    expect(await allowed({ kind: 'system', name: 'reclaim' }, 'closed/app')).toEqual(ALL);
  });

  it('give everybody else the pull of what is public, and nothing more', async () => {
    for (const principal of [ANONYMOUS, user, { kind: 'robot', id: 1, name: 'r' }] as const) {
      expect(await allowed(principal, 'open/app')).toEqual(['pull']);
      expect(await allowed(principal, 'closed/app')).toEqual([]);
      expect(await allowed(principal, 'missing/app')).toEqual([]);
    }
  });

  it('give nothing on names that are not of the form project/repository', async () => {
    for (const name of [
      '',
      'open',
      'open/',
      '/open',
      'open//app',
      'open/../closed/app',
      'Open/app',
      'open/app:tag',
      '*',
    ]) {
      expect(await allowed(test.administrator, name)).toEqual([]);
    }
  });

  it('give nothing on a missing project, unless pushes create projects and the principal may', async () => {
    expect(await allowed(test.administrator, 'missing/app')).toEqual([]);
    const { permissions: creating } = createProjects({
      database: test.database,
      clock: test.clock,
      settings: onlyAdministratorsCreate,
      createsProjects: true,
    });
    expect([...(await creating.allowedActions(test.administrator, 'missing/app'))]).toEqual(['pull', 'push']);
    expect([...(await creating.allowedActions(user, 'missing/app'))]).toEqual([]);
    expect([...(await creating.allowedActions(ANONYMOUS, 'missing/app'))]).toEqual([]);
    const everybody = createProjects({ database: test.database, clock: test.clock, createsProjects: true }).permissions;
    expect([...(await everybody.allowedActions(user, 'missing/app'))]).toEqual(['pull', 'push']);
    expect([...(await everybody.allowedActions(ANONYMOUS, 'missing/app'))]).toEqual([]);
    expect([...(await creating.allowedActions(test.administrator, 'not__a_project/app'))]).toEqual([]);
  });

  it('make who makes a project its administrator, who then may what the role says', async () => {
    const actor = { ...test.actor, principal: user };
    const hers = await projects.create({ name: 'hers', isPublic: false, actor });
    expect(hers.ownerId).toBe(userIdOf(user));
    expect(await allowed(user, 'hers/app')).toEqual(ALL);
    expect(await projects.permissions.rolesIn(user, hers)).toEqual(['projectAdmin']);
    expect(await projects.permissions.canOnProject(user, 'delete', hers)).toBe(true);
    expect((await projects.list({ principal: user, page: 1, pageSize: 10 })).map(({ name }) => name)).toEqual([
      'hers',
      'open',
    ]);
  });

  it('follow the project at once', async () => {
    await projects.update({ idOrName: 'open', visibility: 'private', actor: test.actor });
    expect(await allowed(ANONYMOUS, 'open/app')).toEqual([]);
  });

  it('let administrators make and manage projects, and everybody who is signed in ask for the catalog', async () => {
    const { permissions } = projects;
    const open = await projects.get('open');
    expect(await permissions.canCreateProject(test.administrator)).toBe(true);
    expect(await permissions.canCreateProject(user)).toBe(true);
    expect(await permissions.canCreateProject(ANONYMOUS)).toBe(false);
    expect(await permissions.canOnProject(user, 'read', open)).toBe(true);
    expect(await permissions.canOnProject(user, 'update', open)).toBe(false);
    expect(await permissions.canOnProject(test.administrator, 'delete', open)).toBe(true);
    expect(permissions.canListCatalog(user)).toBe(true);
    expect(permissions.canListCatalog(ANONYMOUS)).toBe(false);
  });
});
