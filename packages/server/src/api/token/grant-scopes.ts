import type { ResourceScope } from '@roadstead/oci';
import type { Principal } from '../../kernel/principal.ts';
import type { Permissions } from '../../projects/permissions.ts';

type TokenPermissions = Pick<Permissions, 'allowedActions' | 'canListCatalog'>;

const ALL_ACTIONS = '*';
const CATALOG_SCOPE: ResourceScope = { type: 'registry', name: 'catalog', actions: [ALL_ACTIONS] };

/**
 * The part of what was asked that the principal may have. What it may not have is left out, never refused: the client learns
 * of it where it uses the token.
 */
export async function grantScopes(
  permissions: TokenPermissions,
  principal: Principal,
  asked: readonly ResourceScope[],
): Promise<readonly ResourceScope[]> {
  const granted: ResourceScope[] = [];
  for (const scope of asked) {
    const grant = await grantScope(permissions, principal, scope);
    if (grant !== undefined && grant.actions.length > 0) granted.push(grant);
  }
  return granted;
}

async function grantScope(
  permissions: TokenPermissions,
  principal: Principal,
  { type, name, actions }: ResourceScope,
): Promise<ResourceScope | undefined> {
  if (type === 'registry') {
    const isCatalog = name === CATALOG_SCOPE.name && actions.includes(ALL_ACTIONS);
    return isCatalog && permissions.canListCatalog(principal) ? CATALOG_SCOPE : undefined;
  }
  if (type !== 'repository') return undefined;
  const allowed = [...(await permissions.allowedActions(principal, name))];
  return {
    type,
    name,
    actions: actions.includes(ALL_ACTIONS) ? allowed : allowed.filter((action) => actions.includes(action)),
  };
}
