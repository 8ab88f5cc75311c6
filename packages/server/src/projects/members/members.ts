import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { assertRepositoryPattern } from '../access/repository-pattern.ts';
import type { Permissions } from '../permissions.ts';
import type { Project } from '../project.ts';
import type { Role } from '../roles/role.ts';
import type { Roles } from '../roles/roles.ts';
import { addMember } from './add-member.ts';
import { changeMember } from './change-member.ts';
import type { MemberEntity, ProjectMember } from './member.ts';
import { countMemberRows, findMemberRow, listMemberRows } from './member-store.ts';
import { removeMember } from './remove-member.ts';

export interface MemberPage {
  readonly project: Project;
  /** A part of the name of the user or the group. */
  readonly nameContains?: string | undefined;
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}

export interface NewMember {
  readonly entity: MemberEntity;
  readonly roleId: number;
  /** A pattern; empty: the whole project. */
  readonly repositories: string;
}

/** The members of projects. Whether somebody may look, add, change or remove is asked by the caller; which roles, here. */
export interface Members {
  /** By name. */
  list(query: MemberPage): Promise<{ readonly members: readonly ProjectMember[]; readonly total: number }>;
  /** @throws ProductError NOT_FOUND, for members of other projects too */
  get(project: Project, memberId: number): Promise<ProjectMember>;
  /**
   * @returns the member's id
   * @throws ProductError BAD_REQUEST (the role, the pattern, an id that nobody has), NOT_FOUND (a name that nobody has), CONFLICT
   * (is one already), DENIED (a role with permissions that the actor lacks)
   */
  add(project: Project, member: NewMember, actor: Actor): Promise<number>;
  /**
   * @param change `repositories` undefined: as it was
   * @throws ProductError NOT_FOUND, and as `add`
   */
  change(
    project: Project,
    memberId: number,
    change: { readonly roleId: number; readonly repositories: string | undefined },
    actor: Actor,
  ): Promise<void>;
  /** @throws ProductError NOT_FOUND */
  remove(project: Project, memberId: number, actor: Actor): Promise<void>;
}

export interface MembersDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly permissions: Pick<Permissions, 'can'>;
  readonly roles: Pick<Roles, 'find'>;
  /** Called when rights have changed. */
  readonly onChange: () => void;
}

export function createMembers(dependencies: MembersDependencies): Members {
  const { database, clock, permissions, roles, onChange } = dependencies;
  const { reader } = database;
  const assertCanGive = async (project: Project, roleId: number, actor: Actor) => {
    const role = await roles.find(roleId);
    if (role === undefined) throw new ProductError('BAD_REQUEST', 'role_id: there is no such role');
    await assertHasAllOf(permissions, project, role, actor);
  };
  return {
    async list({ project, nameContains, page, pageSize }) {
      const filter = { projectId: project.id, nameContains };
      const total = await countMemberRows(reader, filter);
      const members = await listMemberRows(reader, filter, { limit: pageSize, offset: (page - 1) * pageSize });
      return { members, total };
    },
    get: async (project, memberId) => (await findMemberRow(reader, project.id, memberId)) ?? throwNoSuchMember(),
    async add(project, { entity, roleId, repositories }, actor) {
      if (repositories !== '') assertRepositoryPattern(repositories);
      await assertCanGive(project, roleId, actor);
      const input = { projectId: project.id, entity, roleId, repositories, actor, now: clock.now() };
      const id = await database.execute(addMember, input);
      onChange();
      return id ?? throwNoSuchMember();
    },
    async change(project, memberId, { roleId, repositories }, actor) {
      if (repositories !== undefined && repositories !== '') assertRepositoryPattern(repositories);
      await assertCanGive(project, roleId, actor);
      const { id, name } = project;
      const input = { project: { id, name }, memberId, roleId, repositories, actor, now: clock.now() };
      const changed = await database.execute(changeMember, input);
      onChange();
      if (!changed) throwNoSuchMember();
    },
    async remove({ id, name }, memberId, actor) {
      const removed = await database.execute(removeMember, {
        project: { id, name },
        memberId,
        actor,
        now: clock.now(),
      });
      onChange();
      if (!removed) throwNoSuchMember();
    },
  };
}

/** Nobody gives what he lacks: a custom role, or a robot, that may add members would else make itself an administrator. */
async function assertHasAllOf(
  permissions: Pick<Permissions, 'can'>,
  project: Project,
  role: Role,
  { principal }: Actor,
): Promise<void> {
  for (const key of role.permissions) {
    const [resource = '', action = ''] = key.split(':');
    if (await permissions.can(principal, { resource, action }, { project })) continue;
    throw new ProductError(
      'DENIED',
      `forbidden: the role ${role.name} has ${key}, which you do not have in ${project.name}: nobody can give what he lacks`,
    );
  }
}

function throwNoSuchMember(): never {
  throw new ProductError('NOT_FOUND', 'the project has no such member');
}
