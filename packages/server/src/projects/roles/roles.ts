import type { CustomRoleRow } from '../../db/instance/access-rows.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { deleteCustomRole } from './delete-custom-role.ts';
import { putCustomRole } from './put-custom-role.ts';
import { BUILTIN_ROLE_LIST, parseStoredPermissions, type Role, type RoleContent, readRoleContent } from './role.ts';
import { customRowIdOf, roleIdOf, storedNameOfCustomRole } from './role-ids.ts';

/** The roles of one instance. Who may do it is asked by the caller. */
export interface Roles {
  /** Harbor's five, the highest first, then those that were made here, by name. */
  list(): Promise<readonly Role[]>;
  find(roleId: number): Promise<Role | undefined>;
  /** @throws ProductError BAD_REQUEST (the rules), CONFLICT (the name is taken) */
  create(content: RoleContent, actor: Actor): Promise<Role>;
  /** @throws ProductError NOT_FOUND (Harbor's five too: they stay as they are), BAD_REQUEST, CONFLICT */
  change(roleId: number, content: RoleContent, actor: Actor): Promise<Role>;
  /** @throws ProductError NOT_FOUND, PRECONDITION (members have it, and not `force`) */
  delete(roleId: number, options: { readonly force: boolean; readonly actor: Actor }): Promise<void>;
}

export interface RolesDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  /** Called when rights have changed. */
  readonly onChange: () => void;
}

export function createRoles({ database, clock, onChange }: RolesDependencies): Roles {
  const put = async (rowId: number | undefined, content: RoleContent, actor: Actor): Promise<Role> => {
    const checked = readRoleContent(content);
    const id = await database.execute(putCustomRole, { id: rowId, content: checked, actor, now: clock.now() });
    onChange();
    if (id === undefined) throw noSuchRole();
    return toRole({ ...checked, id, permissions: JSON.stringify(checked.permissions) });
  };
  const find = async (roleId: number): Promise<Role | undefined> => {
    const rowId = customRowIdOf(roleId);
    if (rowId === undefined) return BUILTIN_ROLE_LIST.find(({ id }) => id === roleId);
    const row = await database.reader.selectFrom('custom_roles').selectAll().where('id', '=', rowId).executeTakeFirst();
    return row === undefined ? undefined : toRole(row);
  };
  return {
    find,
    async list() {
      const rows = await database.reader.selectFrom('custom_roles').selectAll().orderBy('name').execute();
      return [...BUILTIN_ROLE_LIST, ...rows.map(toRole)];
    },
    create: (content, actor) => put(undefined, content, actor),
    change: async (roleId, content, actor) => put(customRowIdOf(roleId) ?? throwNoSuchRole(), content, actor),
    async delete(roleId, { force, actor }) {
      const id = customRowIdOf(roleId) ?? throwNoSuchRole();
      const deleted = await database.execute(deleteCustomRole, { id, force, actor, now: clock.now() });
      onChange();
      if (!deleted) throw noSuchRole();
    },
  };
}

function toRole({
  id,
  name,
  description,
  permissions,
}: Pick<CustomRoleRow, 'name' | 'description' | 'permissions'> & { readonly id: number }): Role {
  return {
    id: roleIdOf(storedNameOfCustomRole(id)),
    name,
    description,
    isBuiltin: false,
    permissions: parseStoredPermissions(permissions),
  };
}

function throwNoSuchRole(): never {
  throw noSuchRole();
}

function noSuchRole(): ProductError {
  return new ProductError('NOT_FOUND', 'there is no such role that could be changed: see GET /api/roadstead/v1/roles');
}
