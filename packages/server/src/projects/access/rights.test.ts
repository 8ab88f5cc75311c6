import { describe, expect, it } from 'vitest';
import type { Permission, PermissionBlock, PermissionKey } from '../../kernel/permission.ts';
import type { Project } from '../project.ts';
import { BUILTIN_ROLE_PERMISSIONS } from '../roles/builtin-roles.ts';
import { explainRule } from './decision.ts';
import {
  ANONYMOUS_RIGHTS,
  type Membership,
  type Rights,
  rightsOfBlocks,
  rightsOfMember,
  rightsOfToken,
  rightsToEverything,
} from './rights.ts';

const NOBODY_CREATES = () => false;

function projectOf(id: number, visibility: 'private' | 'internal' | 'public' = 'private'): Project {
  return {
    id,
    name: `p${id}`,
    isPublic: visibility === 'public',
    isInternal: visibility === 'internal',
    ownerId: 0,
    createdAt: 0,
    updatedAt: 0,
  };
}

function memberOf(projectId: number, more: Partial<Membership> = {}): Membership {
  const permissions = BUILTIN_ROLE_PERMISSIONS.developer;
  return { projectId, role: 'developer', permissions, group: undefined, repositories: '', ...more };
}

function permission(key: string): Permission {
  const [resource = '', action = ''] = key.split(':');
  return { resource, action };
}

function block(scope: PermissionBlock['scope'], allow: readonly PermissionKey[], deny: readonly PermissionKey[] = []) {
  return { scope, allow, deny };
}

const isAllowed = (rights: Rights, key: string, project: Project, repository?: string) =>
  rights.decide(permission(key), { project, repository }).isAllowed;

describe('a member', () => {
  const rights = rightsOfMember([memberOf(1), memberOf(2, { group: 'ops' })], NOBODY_CREATES);

  it('may in its projects what its role says, and nothing elsewhere', () => {
    expect(isAllowed(rights, 'repository:push', projectOf(1), 'p1/app')).toBe(true);
    expect(isAllowed(rights, 'artifact:delete', projectOf(1), 'p1/app')).toBe(false);
    expect(isAllowed(rights, 'repository:pull', projectOf(3), 'p3/app')).toBe(false);
    expect(isAllowed(rights, 'project:read', projectOf(3))).toBe(false);
  });

  it('is told which rule it was', () => {
    const of = (project: Project) => explainRule(rights.decide(permission('repository:pull'), { project }).rule);
    expect(of(projectOf(1))).toBe('the role developer gives it');
    expect(of(projectOf(2))).toBe('the role developer of the group ops gives it');
    expect(of(projectOf(3))).toBe('no rule gives it');
    expect(of(projectOf(3, 'public'))).toBe('the project is public');
    expect(of(projectOf(3, 'internal'))).toBe('the project is internal: everybody who is signed in may read it');
  });

  it('reads what is internal, which strangers and robots do not', () => {
    const internal = projectOf(3, 'internal');
    expect(isAllowed(rights, 'repository:pull', internal)).toBe(true);
    expect(isAllowed(rights, 'repository:push', internal)).toBe(false);
    expect(isAllowed(ANONYMOUS_RIGHTS, 'repository:pull', internal)).toBe(false);
    expect(isAllowed(rightsOfBlocks([]), 'repository:pull', internal)).toBe(false);
  });

  it('creates projects when everybody may', () => {
    const create = permission('project:create');
    expect(rights.decide(create, 'system').isAllowed).toBe(false);
    expect(rightsOfMember([], () => true).decide(create, 'system').isAllowed).toBe(true);
    expect(rightsOfMember([], () => true).decide(permission('user:list'), 'system').isAllowed).toBe(false);
  });

  it('sees its projects, and what is internal', () => {
    const seen = rights.projectVisibility(permission('project:read'));
    expect(seen).toMatchObject({ everything: false, internal: true, public: true, projectIds: [1, 2] });
    const notTheirs = { public: false, internal: false, projectIds: [] };
    expect(rights.visibility(permission('artifact:delete'))).toMatchObject(notTheirs);
  });

  it('has its roles, the highest first', () => {
    const both = rightsOfMember([memberOf(1), memberOf(1, { role: 'projectAdmin' })], NOBODY_CREATES);
    expect(both.rolesIn(projectOf(1))).toEqual(['projectAdmin', 'developer']);
    expect(both.rolesIn(projectOf(2))).toEqual([]);
  });
});

describe('a member of some repositories', () => {
  const rights = rightsOfMember(
    [memberOf(1, { role: 'projectAdmin', permissions: BUILTIN_ROLE_PERMISSIONS.projectAdmin, repositories: 'team/*' })],
    NOBODY_CREATES,
  );

  it('may there what lies in repositories, and nothing of the project but the way there', () => {
    expect(isAllowed(rights, 'repository:push', projectOf(1), 'p1/team/app')).toBe(true);
    expect(isAllowed(rights, 'artifact:delete', projectOf(1), 'p1/team/app')).toBe(true);
    expect(isAllowed(rights, 'repository:push', projectOf(1), 'p1/other')).toBe(false);
    expect(isAllowed(rights, 'repository:pull', projectOf(1))).toBe(false);
    expect(isAllowed(rights, 'project:read', projectOf(1))).toBe(true);
    for (const key of ['project:update', 'project:delete', 'member:create', 'robot:create', 'log:list']) {
      expect(isAllowed(rights, key, projectOf(1)), key).toBe(false);
      expect(isAllowed(rights, key, projectOf(1), 'p1/team/app'), key).toBe(false);
    }
  });

  it('sees the project, and of its repositories those', () => {
    expect(rights.projectVisibility(permission('project:read')).projectIds).toEqual([1]);
    expect(rights.projectVisibility(permission('member:list')).projectIds).toEqual([]);
    const seen = rights.visibility(permission('repository:pull'));
    expect(seen.projectIds).toEqual([]);
    expect(seen.repositories).toEqual([{ projectId: 1, like: 'team/%' }]);
  });
});

describe('a robot', () => {
  it('may what it was given, where it was given it, and what is public', () => {
    const rights = rightsOfBlocks([block(1, ['repository:pull', 'repository:push']), block('system', ['user:list'])]);
    expect(isAllowed(rights, 'repository:push', projectOf(1), 'p1/app')).toBe(true);
    expect(isAllowed(rights, 'repository:push', projectOf(2), 'p2/app')).toBe(false);
    expect(isAllowed(rights, 'user:list', projectOf(1))).toBe(false);
    expect(rights.decide(permission('user:list'), 'system').isAllowed).toBe(true);
    expect(rights.decide(permission('repository:push'), 'system').isAllowed).toBe(false);
    expect(isAllowed(rights, 'repository:pull', projectOf(2, 'public'))).toBe(true);
  });

  it('may not what is denied, wherever else it is given', () => {
    const rights = rightsOfBlocks([block('all-projects', ['repository:pull']), block(2, [], ['repository:pull'])]);
    expect(isAllowed(rights, 'repository:pull', projectOf(1))).toBe(true);
    expect(isAllowed(rights, 'repository:pull', projectOf(2))).toBe(false);
    const seen = rights.visibility(permission('repository:pull'));
    expect(seen).toMatchObject({ everything: true, exceptProjectIds: [2] });
    const inNone = rightsOfBlocks([block(1, ['repository:pull']), block('all-projects', [], ['repository:pull'])]);
    expect(isAllowed(inNone, 'repository:pull', projectOf(1))).toBe(false);
    expect(inNone.visibility(permission('repository:pull')).projectIds).toEqual([]);
  });
});

describe('an access token', () => {
  const owner = rightsOfMember([memberOf(1), memberOf(2)], NOBODY_CREATES);

  it('may what its owner may, as far as it was given it', () => {
    const rights = rightsOfToken(owner, [block('all-projects', ['repository:pull'])]);
    expect(isAllowed(rights, 'repository:pull', projectOf(1))).toBe(true);
    expect(rights.decide(permission('repository:push'), { project: projectOf(1) })).toEqual({
      isAllowed: false,
      rule: { kind: 'beyond-token' },
    });
    expect(isAllowed(rights, 'repository:pull', projectOf(3))).toBe(false);
    expect(isAllowed(rights, 'repository:pull', projectOf(3, 'public'))).toBe(true);
    expect(isAllowed(rights, 'repository:pull', projectOf(3, 'internal'))).toBe(true);
  });

  it('of an administrator is bounded too', () => {
    const rights = rightsOfToken(rightsToEverything('administrator'), [block(1, ['repository:pull'])]);
    expect(isAllowed(rights, 'repository:pull', projectOf(1))).toBe(true);
    expect(isAllowed(rights, 'repository:pull', projectOf(2))).toBe(false);
    expect(rights.decide(permission('user:list'), 'system').isAllowed).toBe(false);
    expect(rights.visibility(permission('repository:pull'))).toMatchObject({ everything: true, within: [1] });
    expect(rights.visibility(permission('repository:push')).public).toBe(false);
  });

  it('sees what both see', () => {
    const pull = permission('repository:pull');
    const inOne = rightsOfToken(owner, [block(2, ['repository:pull'])]);
    expect(inOne.visibility(pull)).toMatchObject({ internal: true, projectIds: [1, 2], within: [2] });
    const inAll = rightsOfToken(owner, [block('all-projects', ['repository:pull']), block(1, [], ['repository:pull'])]);
    expect(inAll.visibility(pull)).toMatchObject({ internal: true, within: undefined, exceptProjectIds: [1] });
    expect(rightsOfToken(owner, []).visibility(pull)).toMatchObject({ public: true, within: [] });
  });
});
