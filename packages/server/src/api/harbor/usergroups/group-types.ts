import type { GroupKind } from '../../../identity/groups/group.ts';

/**
 * Harbor's numbers of kinds of groups. Its second, groups that a proxy in front names, is the one that has a name and no
 * directory behind it: clients show and take it, so it stands for our internal groups.
 */
const TYPES = { ldap: 1, internal: 2, oidc: 3 } as const;

export function groupTypeOf(kind: GroupKind): number {
  return TYPES[kind];
}

/** @returns undefined for a number that Harbor does not know */
export function groupKindOf(type: number): GroupKind | undefined {
  return (['ldap', 'internal', 'oidc'] as const).find((kind) => TYPES[kind] === type);
}
