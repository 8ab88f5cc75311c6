import type { GroupKind } from '../../identity/groups/group.ts';

/** A role that a user or a group has in a project. */
export interface ProjectMember {
  readonly id: number;
  readonly projectId: number;
  readonly kind: 'user' | 'group';
  /** The id of the user, or of the group. */
  readonly entityId: number;
  readonly entityName: string;
  /** As the API has it. */
  readonly roleId: number;
  readonly roleName: string;
  /** A pattern of repositories, without the project; empty: the whole project. */
  readonly repositories: string;
}

/** Who is to be a member. A group of a login provider that nobody was in yet is made. */
export type MemberEntity =
  | { readonly kind: 'user' | 'group'; readonly id: number }
  | { readonly kind: 'user'; readonly name: string }
  | {
      readonly kind: 'group';
      readonly name: string;
      /** Undefined: of any kind. */
      readonly groupKind: GroupKind | undefined;
    }
  | {
      readonly kind: 'ldap-group';
      readonly dn: string;
      /** What it is called here, if it is made. */
      readonly name: string | undefined;
    };
