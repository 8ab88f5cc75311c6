import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { canOperate } from '../../../operations/can-operate.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { readLdapConfiguration } from './ldap-configuration.ts';

const MAX_BODY_BYTES = 512 * 1024;
const LDAP_GROUP = 1;
const Text = (maxLength: number) => Type.String({ maxLength });

/** Harbor's LdapConf; each is checked by hand. */
const LdapConf = Type.Optional(Type.Union([Type.Null(), Type.Record(Type.String(), Type.Unknown())]));
type LdapConf = Type.Static<typeof LdapConf>;

/** Harbor's LdapImportUsers. */
const LdapImportUsers = Type.Object({ ldap_uid_list: Type.Array(Text(255), { minItems: 1, maxItems: 100 }) });
type LdapImportUsers = Type.Static<typeof LdapImportUsers>;

const UsersQuery = Type.Object({ username: Type.Optional(Text(255)) });
type UsersQuery = Type.Static<typeof UsersQuery>;
const GroupsQuery = Type.Object({ groupname: Type.Optional(Text(255)), groupdn: Type.Optional(Text(1_024)) });
type GroupsQuery = Type.Static<typeof GroupsQuery>;

interface LdapInstance {
  readonly identity: Pick<Identity, 'directoryPeople'>;
  readonly projects: Pick<Projects, 'permissions'>;
}

export interface LdapRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => LdapInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Harbor's operations on people and groups of the first directory of the list. */
export function registerLdapRoutes(app: FastifyInstance, dependencies: LdapRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      registerPing(routes, dependencies);
      registerSearches(routes, dependencies);
      registerImport(routes, dependencies);
    },
    { prefix: '/api/v2.0/ldap' },
  );
}

/** It connects to whatever it is told, so it is for who may change the settings. */
function registerPing(routes: FastifyInstance, { instanceOf, actorOf }: LdapRouteDependencies): void {
  const options = { schema: { body: LdapConf }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: LdapConf }>('/ping', options, async (request) => {
    const { principal } = actorOf(request);
    const { identity, projects } = instanceOf(request);
    if (!(await canOperate(projects.permissions, principal, 'changeSettings'))) throw refusal(principal);
    const change = readLdapConfiguration(request.body ?? {});
    return identity.directoryPeople.ping(change);
  });
}

function registerSearches(routes: FastifyInstance, dependencies: LdapRouteDependencies): void {
  const users = { schema: { querystring: UsersQuery }, exposeHeadRoute: false };
  routes.get<{ Querystring: UsersQuery }>('/users/search', users, async (request) => {
    const { directoryPeople } = await admit(request, dependencies, 'list');
    const found = await directoryPeople.searchUsers(request.query.username ?? '');
    return found.map(({ username, realName, email }) => ({ username, realname: realName ?? '', email: email ?? '' }));
  });
  const groups = { schema: { querystring: GroupsQuery }, exposeHeadRoute: false };
  routes.get<{ Querystring: GroupsQuery }>('/groups/search', groups, async (request) => {
    const { directoryPeople } = await admit(request, dependencies, 'list');
    const { groupname = '', groupdn = '' } = request.query;
    const found = await directoryPeople.searchGroups(groupdn === '' ? { name: groupname } : { dn: groupdn });
    return found.map(({ name, dn }) => ({ group_name: name, group_type: LDAP_GROUP, ldap_group_dn: dn }));
  });
}

function registerImport(routes: FastifyInstance, dependencies: LdapRouteDependencies): void {
  const options = { schema: { body: LdapImportUsers }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: LdapImportUsers }>('/users/import', options, async (request, reply) => {
    const { directoryPeople, actor } = await admit(request, dependencies, 'create');
    const failed = await directoryPeople.importUsers(request.body.ldap_uid_list, actor);
    return failed.length === 0 ? reply.code(200).send() : reply.code(404).send(failed);
  });
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED */
async function admit(
  request: FastifyRequest,
  { instanceOf, actorOf }: LdapRouteDependencies,
  action: 'list' | 'create',
): Promise<{ readonly directoryPeople: Identity['directoryPeople']; readonly actor: Actor }> {
  const { projects, identity } = instanceOf(request);
  const actor = actorOf(request);
  const may = await projects.permissions.can(actor.principal, { resource: 'ldap-user', action }, 'system');
  if (!may) throw refusal(actor.principal);
  return { directoryPeople: identity.directoryPeople, actor };
}
