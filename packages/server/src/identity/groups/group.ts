import { ProductError } from '../../kernel/errors.ts';

/** `internal`: administrators say who is in it; `ldap` and `oidc`: the provider does, at each sign-in. */
export const GROUP_KINDS = ['internal', 'ldap', 'oidc'] as const;
export type GroupKind = (typeof GROUP_KINDS)[number];
export type ExternalGroupKind = Exclude<GroupKind, 'internal'>;

export interface Group {
  readonly id: number;
  /** Unique among all groups. */
  readonly name: string;
  readonly kind: GroupKind;
  /** What the provider calls it: the DN of an LDAP group; undefined for internal ones. */
  readonly externalName: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const MAX_GROUP_NAME_LENGTH = 255;

const CONTROL_CHARACTER = /\p{Cc}/u;

/** @throws ProductError BAD_REQUEST with the rule */
export function assertGroupName(name: string): void {
  const isOfLength = name !== '' && name.length <= MAX_GROUP_NAME_LENGTH;
  if (isOfLength && name.trim() === name && !CONTROL_CHARACTER.test(name)) return;
  throw new ProductError(
    'BAD_REQUEST',
    `group_name: a group has a name of 1 to ${MAX_GROUP_NAME_LENGTH} characters, without blanks around it or control characters`,
  );
}
