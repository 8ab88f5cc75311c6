import type { ResourceScope } from '@roadstead/oci';
import type { Principal } from '../../kernel/principal.ts';
import type { Permissions } from '../../projects/permissions.ts';

type TokenPermissions = Pick<Permissions, 'allowedActions' | 'canListCatalog'>;

/** What a repository of a former name is called now. */
type FindMoved = (repository: string) => Promise<string | undefined>;

const ALL_ACTIONS = '*';
const CATALOG_SCOPE: ResourceScope = { type: 'registry', name: 'catalog', actions: [ALL_ACTIONS] };

/**
 * The part of what was asked that the principal may have. What it may not have is left out, never refused: the client learns
 * of it where it uses the token.
 */
export async function grantScopes(
  permissions: TokenPermissions,
  findMoved: FindMoved,
  principal: Principal,
  asked: readonly ResourceScope[],
): Promise<readonly ResourceScope[]> {
  const granted: ResourceScope[] = [];
  for (const scope of asked) {
    const grant = await grantScope(permissions, findMoved, principal, scope);
    if (grant !== undefined && grant.actions.length > 0) granted.push(grant);
  }
  return granted;
}

async function grantScope(
  permissions: TokenPermissions,
  findMoved: FindMoved,
  principal: Principal,
  { type, name, actions }: ResourceScope,
): Promise<ResourceScope | undefined> {
  if (type === 'registry') {
    const isCatalog = name === CATALOG_SCOPE.name && actions.includes(ALL_ACTIONS);
    return isCatalog && permissions.canListCatalog(principal) ? CATALOG_SCOPE : undefined;
  }
  if (type !== 'repository') return undefined;
  const allowed = await listAllowed(permissions, findMoved, principal, name);
  return {
    type,
    name,
    actions: actions.includes(ALL_ACTIONS) ? allowed : allowed.filter((action) => actions.includes(action)),
  };
}

/** A former name gives the pull that the name of now gives, and nothing else. */
async function listAllowed(
  permissions: TokenPermissions,
  findMoved: FindMoved,
  principal: Principal,
  name: string,
): Promise<readonly string[]> {
  const allowed = [...(await permissions.allowedActions(principal, name))];
  if (allowed.includes('pull')) return allowed;
  const moved = await findMoved(name);
  const there = moved === undefined ? undefined : await permissions.allowedActions(principal, moved);
  return there?.has('pull') ? ['pull'] : allowed;
}
