import type { FastifyInstance, FastifyRequest } from 'fastify';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import type { Group } from '../../../identity/groups/group.ts';
import type { Groups } from '../../../identity/groups/groups.ts';
import { ldapGroupNameOf } from '../../../identity/ldap/ldap-group-name.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { assertSignedIn, refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { groupKindOf, groupTypeOf } from './group-types.ts';
import { GroupParams, ListGroupsQuery, SearchGroupsQuery, UserGroup } from './usergroup-schemas.ts';

const BASE = '/api/v2.0/usergroups';
const MAX_BODY_BYTES = 16 * 1024;

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
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      listGroups(routes, dependencies);
      searchGroups(routes, dependencies);
      createGroup(routes, dependencies);
      registerSingleGroup(routes, dependencies);
    },
    { prefix: BASE },
  );
}

function listGroups(routes: FastifyInstance, dependencies: UsergroupRouteDependencies): void {
  const options = { schema: { querystring: ListGroupsQuery }, exposeHeadRoute: false };
  routes.get<{ Querystring: ListGroupsQuery }>('', options, async (request, reply) => {
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
  const options = { schema: { querystring: SearchGroupsQuery }, exposeHeadRoute: false };
  routes.get<{ Querystring: SearchGroupsQuery }>('/search', options, async (request, reply) => {
    assertSignedIn(actorOf(request).principal);
    const at = readPage(request.query);
    const nameContains = request.query.groupname;
    const found = await instanceOf(request).identity.groups.list({ nameContains, ...at });
    sendPageHeaders(request, reply, at, found.total);
    return found.groups.map(({ id, name, kind }) => ({ id, group_name: name, group_type: groupTypeOf(kind) }));
  });
}

function createGroup(routes: FastifyInstance, dependencies: UsergroupRouteDependencies): void {
  const options = { schema: { body: UserGroup }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: UserGroup }>('', options, async (request, reply) => {
    const { groups, actor } = await admit(request, dependencies, 'create');
    const id = await groups.create(readGroup(request.body), actor);
    return reply.code(201).header('location', `${BASE}/${id}`).send();
  });
}

function registerSingleGroup(routes: FastifyInstance, dependencies: UsergroupRouteDependencies): void {
  const params = { schema: { params: GroupParams } };
  const path = '/:group_id';
  routes.get<{ Params: GroupParams }>(path, { ...params, exposeHeadRoute: false }, async (request) => {
    const { groups } = await admit(request, dependencies, 'read');
    const group = await groups.find(Number(request.params.group_id));
    if (group === undefined) throw new ProductError('NOT_FOUND', 'there is no such group');
    return renderGroup(group);
  });
  const options = { schema: { params: GroupParams, body: UserGroup }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: GroupParams; Body: UserGroup }>(path, options, async (request, reply) => {
    const { groups, actor } = await admit(request, dependencies, 'update');
    await groups.rename(Number(request.params.group_id), request.body.group_name ?? '', actor);
    return reply.code(200).send();
  });
  routes.delete<{ Params: GroupParams }>(path, params, async (request, reply) => {
    const { groups, actor } = await admit(request, dependencies, 'delete');
    await groups.delete(Number(request.params.group_id), actor);
    return reply.code(200).send();
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
  const kind = typeof type === 'number' ? groupKindOf(type) : undefined;
  if (kind === undefined) throw new ProductError('BAD_REQUEST', 'group_type: 1 (LDAP), 2 (internal) or 3 (OIDC)');
  if (kind === 'internal') return { name, kind };
  if (kind === 'oidc') return { name, kind, externalName: name };
  if (!dn) throw new ProductError('BAD_REQUEST', 'ldap_group_dn: a group of LDAP has one');
  return { name: name === '' ? dn.slice(0, 255) : name, kind, externalName: ldapGroupNameOf(dn) };
}

/** Harbor's UserGroup. */
function renderGroup({ id, name, kind, externalName }: Group): Readonly<Record<string, unknown>> {
  return {
    id,
    group_name: name,
    group_type: groupTypeOf(kind),
    ...(kind === 'ldap' && { ldap_group_dn: externalName ?? '' }),
  };
}
