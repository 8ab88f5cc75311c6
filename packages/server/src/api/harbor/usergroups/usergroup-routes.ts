import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Group } from '../../../identity/groups/group.ts';
import type { Groups } from '../../../identity/groups/groups.ts';
import { ldapGroupNameOf } from '../../../identity/ldap/ldap-group-name.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { assertSignedIn, refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import type { UserGroup } from '../openapi/shared-models.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { groupKindOf, groupTypeOf } from './group-types.ts';
import * as contract from './usergroups-contract.ts';

export interface UsergroupRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => {
    readonly projects: Pick<Projects, 'permissions'>;
    readonly identity: { readonly groups: Groups };
  };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Harbor's operations on groups of users. */
export function registerUsergroupRoutes(app: FastifyInstance, dependencies: UsergroupRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    listGroups(routes, dependencies);
    searchGroups(routes, dependencies);
    createGroup(routes, dependencies);
    registerSingleGroup(routes, dependencies);
  });
}

function listGroups(routes: FastifyInstance, dependencies: UsergroupRouteDependencies): void {
  serveOperation(routes, contract.listUserGroups, async (request, reply) => {
    const { groups } = await admit(request, dependencies, 'list');
    const at = readPage(request.query);
    const { group_name: nameContains, ldap_group_dn: dn } = request.query;
    const found = await groups.list({ nameContains, externalName: dn ? ldapGroupNameOf(dn) : undefined, ...at });
    sendPageHeaders(request, reply, at, found.total);
    return found.groups.map(renderGroup);
  });
}

/** For everybody who is signed in, as in Harbor: whoever adds members finds groups by it. */
function searchGroups(routes: FastifyInstance, { instanceOf, actorOf }: UsergroupRouteDependencies): void {
  serveOperation(routes, contract.searchUserGroups, async (request, reply) => {
    assertSignedIn(actorOf(request).principal);
    const at = readPage(request.query);
    const nameContains = request.query.groupname;
    const found = await instanceOf(request).identity.groups.list({ nameContains, ...at });
    sendPageHeaders(request, reply, at, found.total);
    return found.groups.map(({ id, name, kind }) => ({ id, group_name: name, group_type: groupTypeOf(kind) }));
  });
}

function createGroup(routes: FastifyInstance, dependencies: UsergroupRouteDependencies): void {
  serveOperation(routes, contract.createUserGroup, async (request, reply) => {
    const { groups, actor } = await admit(request, dependencies, 'create');
    const id = await groups.create(readGroup(request.body ?? {}), actor);
    reply.header('location', `${HARBOR_BASE}/usergroups/${id}`);
  });
}

function registerSingleGroup(routes: FastifyInstance, dependencies: UsergroupRouteDependencies): void {
  serveOperation(routes, contract.getUserGroup, async (request) => {
    const { groups } = await admit(request, dependencies, 'read');
    const group = await groups.find(request.params.group_id);
    if (group === undefined) throw new ProductError('NOT_FOUND', 'there is no such group');
    return renderGroup(group);
  });
  serveOperation(routes, contract.updateUserGroup, async (request) => {
    const { groups, actor } = await admit(request, dependencies, 'update');
    await groups.rename(request.params.group_id, request.body?.group_name ?? '', actor);
  });
  serveOperation(routes, contract.deleteUserGroup, async (request) => {
    const { groups, actor } = await admit(request, dependencies, 'delete');
    await groups.delete(request.params.group_id, actor);
  });
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED */
async function admit(
  request: FastifyRequest,
  { instanceOf, actorOf }: UsergroupRouteDependencies,
  action: 'list' | 'create' | 'read' | 'update' | 'delete',
): Promise<{ readonly groups: Groups; readonly actor: Actor }> {
  const { projects, identity } = instanceOf(request);
  const actor = actorOf(request);
  const may = await projects.permissions.can(actor.principal, { resource: 'user-group', action }, 'system');
  if (!may) throw refusal(actor.principal);
  return { groups: identity.groups, actor };
}

/** @throws ProductError BAD_REQUEST */
function readGroup(body: UserGroup): Parameters<Groups['create']>[0] {
  const { group_name: name = '', group_type: type, ldap_group_dn: dn } = body;
  const kind = type === undefined ? undefined : groupKindOf(type);
  if (kind === undefined) throw new ProductError('BAD_REQUEST', 'group_type: 1 (LDAP), 2 (internal) or 3 (OIDC)');
  if (kind === 'internal') return { name, kind };
  if (kind === 'oidc') return { name, kind, externalName: name };
  if (!dn) throw new ProductError('BAD_REQUEST', 'ldap_group_dn: a group of LDAP has one');
  return { name: name === '' ? dn.slice(0, 255) : name, kind, externalName: ldapGroupNameOf(dn) };
}

/** Harbor's UserGroup. */
function renderGroup({ id, name, kind, externalName }: Group): UserGroup {
  return {
    id,
    group_name: name,
    group_type: groupTypeOf(kind),
    ...(kind === 'ldap' && { ldap_group_dn: externalName ?? '' }),
  };
}
