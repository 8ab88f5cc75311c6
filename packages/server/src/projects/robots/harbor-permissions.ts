import { quoteForMessage } from '@roadstead/oci';
import { ProductError } from '../../kernel/errors.ts';
import type { BlockScope, PermissionBlock, PermissionKey } from '../../kernel/permission.ts';
import { permissionKey } from '../../kernel/permission.ts';
import { isInCatalogue } from './permission-catalogue.ts';

/** Permissions as Harbor's API has them: places by their names. */
export interface HarborPermission {
  readonly kind: string;
  /** `/` for the system, `*` for every project, or a project's name. */
  readonly namespace: string;
  readonly access: readonly HarborAccess[];
}

export interface HarborAccess {
  readonly resource: string;
  readonly action: string;
  /** `allow`, which is meant when there is none, or `deny`. */
  readonly effect?: string | undefined;
}

/** A block whose place is still a name. */
export interface NamedBlock extends Omit<PermissionBlock, 'scope'> {
  readonly place: 'system' | 'all-projects' | { readonly project: string };
}

const MAX_BLOCKS = 1_000;
const MAX_ACCESS = 500;

/** @throws ProductError BAD_REQUEST: there are none, a place that is none, or something that is not in the catalogue */
export function readPermissions(permissions: readonly HarborPermission[]): readonly NamedBlock[] {
  if (permissions.length === 0) throw badRequest('permissions: give at least one block');
  if (permissions.length > MAX_BLOCKS) throw badRequest(`permissions: ${MAX_BLOCKS} blocks at most`);
  return permissions.map(readBlock);
}

function readBlock({ kind, namespace, access }: HarborPermission): NamedBlock {
  if (kind !== 'system' && kind !== 'project') throw badRequest('permissions: kind is system or project');
  if (kind === 'system' && namespace !== '/') throw badRequest('permissions: the namespace of kind system is /');
  if (access.length === 0) throw badRequest('permissions: each block gives access to something');
  if (access.length > MAX_ACCESS) throw badRequest(`permissions: ${MAX_ACCESS} entries of access at most`);
  const allow = new Set<PermissionKey>();
  const deny = new Set<PermissionKey>();
  for (const entry of access) {
    if (!isInCatalogue(kind, entry)) {
      const name = quoteForMessage(`${entry.resource}:${entry.action}`);
      throw badRequest(`bad request permission: ${name} is not one that can be given for a ${kind}`);
    }
    const effect = entry.effect ?? '';
    if (!['', 'allow', 'deny'].includes(effect)) throw badRequest('permissions: effect is allow or deny');
    (effect === 'deny' ? deny : allow).add(permissionKey(entry));
  }
  const place = kind === 'system' ? 'system' : namespace === '*' ? 'all-projects' : { project: namespace };
  return { place, allow: [...allow], deny: [...deny] };
}

/** @param projectNames of the projects that there are; blocks of others are over, and left out */
export function renderPermissions(
  blocks: readonly PermissionBlock[],
  projectNames: ReadonlyMap<number, string>,
): readonly HarborPermission[] {
  return blocks.flatMap(({ scope, allow, deny }) => {
    const namespace = namespaceOf(scope, projectNames);
    if (namespace === undefined) return [];
    return [
      {
        kind: scope === 'system' ? 'system' : 'project',
        namespace,
        access: [...allow.map((key) => renderAccess(key, 'allow')), ...deny.map((key) => renderAccess(key, 'deny'))],
      },
    ];
  });
}

function namespaceOf(scope: BlockScope, projectNames: ReadonlyMap<number, string>): string | undefined {
  if (scope === 'system') return '/';
  return scope === 'all-projects' ? '*' : projectNames.get(scope);
}

function renderAccess(key: PermissionKey, effect: 'allow' | 'deny'): HarborAccess {
  const colon = key.indexOf(':');
  return { resource: key.slice(0, colon), action: key.slice(colon + 1), effect };
}

function badRequest(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
