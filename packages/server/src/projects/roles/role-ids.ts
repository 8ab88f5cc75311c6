import { BUILTIN_ROLE_IDS, BUILTIN_ROLES, isBuiltinRole } from './builtin-roles.ts';

/** Harbor's API names roles by number and has five of them: a custom role is 1000 and the id of its row. */
const FIRST_CUSTOM_ID = 1_000;
const CUSTOM = /^custom:(\d{1,15})$/;

/** How a custom role is named where memberships are stored. */
export function storedNameOfCustomRole(rowId: number): string {
  return `custom:${rowId}`;
}

/** The id that the API has for a role, as memberships store its name. */
export function roleIdOf(storedName: string): number {
  if (isBuiltinRole(storedName)) return BUILTIN_ROLE_IDS[storedName];
  return FIRST_CUSTOM_ID + Number(CUSTOM.exec(storedName)?.[1] ?? 0);
}

/** The stored name of the role with that id, whether or not such a custom role exists; undefined when no role has such an id. */
export function storedNameOfRole(roleId: number): string | undefined {
  const builtin = BUILTIN_ROLES.find((role) => BUILTIN_ROLE_IDS[role] === roleId);
  if (builtin !== undefined) return builtin;
  const rowId = customRowIdOf(roleId);
  return rowId === undefined ? undefined : storedNameOfCustomRole(rowId);
}

/** The row of the custom role with that id; undefined when no custom role has such an id. */
export function customRowIdOf(roleId: number): number | undefined {
  const isCustom = Number.isSafeInteger(roleId) && roleId > FIRST_CUSTOM_ID;
  return isCustom ? roleId - FIRST_CUSTOM_ID : undefined;
}
