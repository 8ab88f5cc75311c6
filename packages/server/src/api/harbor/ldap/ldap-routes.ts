import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Identity } from '../../../identity/identity.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { canOperate } from '../../../operations/can-operate.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { readLdapConfiguration } from './ldap-configuration.ts';
import * as contract from './ldap-contract.ts';

const LDAP_GROUP = 1;

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
  registerOperations(app, dependencies, (routes) => {
    registerPing(routes, dependencies);
    registerSearches(routes, dependencies);
    registerImport(routes, dependencies);
  });
}

/** It connects to whatever it is told, so it is for who may change the settings. */
function registerPing(routes: FastifyInstance, { instanceOf, actorOf }: LdapRouteDependencies): void {
  serveOperation(routes, contract.pingLdap, async (request) => {
    const { principal } = actorOf(request);
    const { identity, projects } = instanceOf(request);
    if (!(await canOperate(projects.permissions, principal, 'changeSettings'))) throw refusal(principal);
    return identity.directoryPeople.ping(readLdapConfiguration(request.body ?? {}));
  });
}

function registerSearches(routes: FastifyInstance, dependencies: LdapRouteDependencies): void {
  serveOperation(routes, contract.searchLdapUser, async (request) => {
    const { directoryPeople } = await admit(request, dependencies, 'list');
    const found = await directoryPeople.searchUsers(request.query.username ?? '');
    return found.map(({ username, realName, email }) => ({ username, realname: realName ?? '', email: email ?? '' }));
  });
  serveOperation(routes, contract.searchLdapGroup, async (request) => {
    const { directoryPeople } = await admit(request, dependencies, 'list');
    const { groupname = '', groupdn = '' } = request.query;
    const found = await directoryPeople.searchGroups(groupdn === '' ? { name: groupname } : { dn: groupdn });
    return found.map(({ name, dn }) => ({ group_name: name, group_type: LDAP_GROUP, ldap_group_dn: dn }));
  });
}

function registerImport(routes: FastifyInstance, dependencies: LdapRouteDependencies): void {
  serveOperation(routes, contract.importLdapUser, async (request, reply) => {
    const { directoryPeople, actor } = await admit(request, dependencies, 'create');
    const { ldap_uid_list: names } = request.body;
    if (names === undefined) throw new ProductError('VALIDATION', 'ldap_uid_list is missing');
    const failed = await directoryPeople.importUsers(names, actor);
    // Harbor's only refusal that is no error envelope.
    if (failed.length > 0) await reply.code(404).send(failed);
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
