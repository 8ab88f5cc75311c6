/** What is done to what, in Harbor's words: `repository:pull`, `member:create`, and for the project itself `project:update`. */
export interface Permission {
  readonly resource: string;
  readonly action: string;
}

/** `resource:action` */
export type PermissionKey = `${string}:${string}`;

export function permissionKey({ resource, action }: Permission): PermissionKey {
  return `${resource}:${action}`;
}

/** Where a block of permissions holds: in the instance as a whole, in every project, or in the one of that id. */
export type BlockScope = 'system' | 'all-projects' | number;

/**
 * A part of what a robot or an access token may do: all of it at one place. Projects are named by their ids, so that one which
 * is made later under the name of one that was deleted is another.
 */
export interface PermissionBlock {
  readonly scope: BlockScope;
  readonly allow: readonly PermissionKey[];
  /** Wins over every `allow` of the same principal. */
  readonly deny: readonly PermissionKey[];
}
