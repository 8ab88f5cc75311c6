import { ProductError } from '../../kernel/errors.ts';
import type { PermissionKey } from '../../kernel/permission.ts';
import {
  BUILTIN_ROLE_IDS,
  BUILTIN_ROLE_PERMISSIONS,
  BUILTIN_ROLES,
  isBuiltinRole,
  PROJECT_ROLE_PERMISSIONS,
} from './builtin-roles.ts';

/** What members of projects may be: one of Harbor's five, or one that an administrator made. */
export interface Role {
  /** As the API has it. */
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly isBuiltin: boolean;
  /** Sorted. */
  readonly permissions: readonly PermissionKey[];
}

/** What a role is made of. */
export interface RoleContent {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
const MAX_DESCRIPTION_LENGTH = 1_000;

const DESCRIPTIONS: Readonly<Record<(typeof BUILTIN_ROLES)[number], string>> = {
  projectAdmin: 'Everything in the project, its members and robots included',
  maintainer: 'Content, its deletion, and policies',
  developer: 'Pull and push',
  guest: 'Pull, and see who is a member',
  limitedGuest: 'Pull, without seeing who is a member',
};

export const BUILTIN_ROLE_LIST: readonly Role[] = BUILTIN_ROLES.map((name) => ({
  id: BUILTIN_ROLE_IDS[name],
  name,
  description: DESCRIPTIONS[name],
  isBuiltin: true,
  permissions: [...BUILTIN_ROLE_PERMISSIONS[name]].toSorted(),
}));

/**
 * The role as it can be stored: each permission once, sorted.
 * @throws ProductError BAD_REQUEST that names the field and the rule
 */
export function readRoleContent({ name, description, permissions }: RoleContent): RoleContent {
  if (!NAME.test(name) || name.endsWith(' ')) {
    throw refuse(
      'name: a role has a name of 1 to 64 letters, digits, blanks, dots, dashes and underscores that begins with a letter or a digit',
    );
  }
  const likeBuiltin = BUILTIN_ROLES.find((role) => role.toLowerCase() === name.toLowerCase());
  if (likeBuiltin !== undefined) throw refuse(`name: ${likeBuiltin} is a role that every registry has`);
  if (description.length > MAX_DESCRIPTION_LENGTH) {
    throw refuse(`description: at most ${MAX_DESCRIPTION_LENGTH} characters`);
  }
  if (permissions.length === 0) throw refuse('permissions: a role has one at least');
  const unknown = permissions.find((key) => !isRolePermission(key));
  if (unknown !== undefined) {
    throw refuse(
      `permissions: ${JSON.stringify(unknown.slice(0, 64))} is none that a role may have; GET /api/roadstead/v1/roles lists them all`,
    );
  }
  return { name, description, permissions: [...new Set(permissions)].toSorted() };
}

/** The permissions of a custom role as its row has them. */
export function parseStoredPermissions(stored: string): readonly PermissionKey[] {
  return (JSON.parse(stored) as readonly string[]).filter(isRolePermission);
}

/** The name to show of a role, as memberships store it. @param customName of the custom role that it is */
export function shownRoleName(storedName: string, customName: string | null): string {
  return isBuiltinRole(storedName) ? storedName : (customName ?? storedName);
}

function isRolePermission(key: string): key is PermissionKey {
  return PROJECT_ROLE_PERMISSIONS.has(key as PermissionKey);
}

function refuse(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
