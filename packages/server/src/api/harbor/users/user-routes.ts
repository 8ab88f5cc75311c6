import type { FastifyInstance } from 'fastify';
import { assertInSession } from '../../../http/assert-in-session.ts';
import { CSRF_HEADER } from '../../../http/assert-not-forged.ts';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import { readObject, readText } from '../../../http/request-fields.ts';
import { OPEN_BEFORE_PASSWORD_CHANGE } from '../../../http/route-access.ts';
import { renderSessionCookie } from '../../../http/session-cookie.ts';
import { assertPasswordChosen } from '../../../identity/users/assert-password-chosen.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { refusal } from '../../../projects/project-access.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { registerCurrentUserRoutes } from './current-user-routes.ts';
import { renderUser } from './render-user.ts';
import { readUserFilter, readUserOrder } from './user-query.ts';
import {
  admitToUser,
  admitToUsers,
  assertAdministrator,
  canOnUsers,
  isInPerson,
  type UserRouteDependencies,
} from './user-route-dependencies.ts';
import {
  ListUsersQuery,
  PasswordReq,
  SearchUsersQuery,
  UserCreationReq,
  UserParams,
  UserProfile,
  UserSysAdminFlag,
} from './user-schemas.ts';

const BASE = '/api/v2.0/users';
const MAX_BODY_BYTES = 16 * 1024;

/** Harbor's operations on users. */
export function registerUserRoutes(app: FastifyInstance, dependencies: UserRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      listUsers(routes, dependencies);
      searchUsers(routes, dependencies);
      createUser(routes, dependencies);
      registerCurrentUserRoutes(routes, dependencies);
      getUser(routes, dependencies);
      updateUserProfile(routes, dependencies);
      deleteUser(routes, dependencies);
      setUserSysAdmin(routes, dependencies);
      updateUserPassword(routes, dependencies);
      setCliSecret(routes, dependencies);
    },
    { prefix: BASE },
  );
}

function listUsers(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  const schema = { querystring: ListUsersQuery };
  routes.get<{ Querystring: ListUsersQuery }>('', { schema }, async (request, reply) => {
    const { instance } = await admitToUsers(request, dependencies, 'list');
    const { accounts } = instance.identity;
    const filter = readUserFilter(request.query.q);
    const order = readUserOrder(request.query.sort);
    const at = readPage(request.query);
    const total = await accounts.count(filter);
    const listing = { ...filter, order, limit: at.pageSize, offset: (at.page - 1) * at.pageSize };
    const found = await accounts.list(listing);
    sendPageHeaders(request, reply, at, total);
    return found.map(renderUser);
  });
}

/** Names and numbers, for whoever adds members. Only who may list users finds them by parts of their names. */
function searchUsers(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  const schema = { querystring: SearchUsersQuery };
  routes.get<{ Querystring: SearchUsersQuery }>('/search', { schema }, async (request, reply) => {
    const { principal } = dependencies.actorOf(request);
    if (principal.kind === 'anonymous') throw refusal(principal);
    const instance = dependencies.instanceOf(request);
    const seesAll = await canOnUsers(instance, principal, 'list');
    const name = { kind: seesAll ? 'contains' : 'is', text: request.query.username } as const;
    const at = readPage(request.query);
    const { accounts } = instance.identity;
    const total = await accounts.count({ name });
    const order = readUserOrder(undefined);
    const found = await accounts.list({ name, order, limit: at.pageSize, offset: (at.page - 1) * at.pageSize });
    sendPageHeaders(request, reply, at, total);
    return found.map((account) => ({ user_id: account.id, username: account.name }));
  });
}

/** By who may make accounts; by everybody where strangers may make their own. */
function createUser(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  const options = { schema: { body: UserCreationReq }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: UserCreationReq }>('', options, async (request, reply) => {
    const instance = dependencies.instanceOf(request);
    const actor = dependencies.actorOf(request);
    const { accounts, accessSettings } = instance.identity;
    if (!(await canOnUsers(instance, actor.principal, 'create')) && !(await accessSettings.get()).selfRegistration) {
      throw refusal(actor.principal);
    }
    const { username, password, email, realname, comment } = request.body;
    const account = {
      name: username ?? '',
      password: password ?? '',
      email: email ?? '',
      realName: realname ?? '',
      comment: comment ?? '',
    };
    const id = await accounts.create(account, actor);
    return reply.code(201).header('location', `${BASE}/${id}`).send();
  });
}

function getUser(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  routes.get<{ Params: UserParams }>('/:user_id', { schema: { params: UserParams } }, async (request) => {
    const userId = Number(request.params.user_id);
    const { account } = await admitToUser(request, dependencies, userId, { action: 'read', self: true });
    return renderUser(account);
  });
}

function updateUserProfile(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  const options = { schema: { params: UserParams, body: UserProfile }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: UserParams; Body: UserProfile }>('/:user_id', options, async (request, reply) => {
    const userId = Number(request.params.user_id);
    const admitted = await admitToUser(request, dependencies, userId, { action: 'update', self: true });
    const { email, realname, comment } = request.body;
    const change = {
      ...(typeof email === 'string' && { email }),
      ...(typeof realname === 'string' && { realName: realname }),
      ...(typeof comment === 'string' && { comment }),
    };
    await admitted.instance.identity.accounts.updateProfile(userId, change, admitted.actor);
    return reply.code(200).send();
  });
}

function deleteUser(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  routes.delete<{ Params: UserParams }>('/:user_id', { schema: { params: UserParams } }, async (request, reply) => {
    const userId = Number(request.params.user_id);
    const { instance, actor } = await admitToUser(request, dependencies, userId, { action: 'delete', self: false });
    await instance.identity.accounts.delete(userId, actor);
    return reply.code(200).send();
  });
}

function setUserSysAdmin(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  const options = { schema: { params: UserParams, body: UserSysAdminFlag }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: UserParams; Body: UserSysAdminFlag }>('/:user_id/sysadmin', options, async (request, reply) => {
    const userId = Number(request.params.user_id);
    const { principal } = dependencies.actorOf(request);
    assertAdministrator(principal);
    const { instance, actor } = await admitToUser(request, dependencies, userId, { action: 'update', self: false });
    const flag = request.body.sysadmin_flag ?? false;
    if (typeof flag !== 'boolean') throw new ProductError('VALIDATION', 'sysadmin_flag must be true or false');
    await instance.identity.accounts.setAdministrator(userId, flag, actor);
    return reply.code(200).send();
  });
}

/** One's own needs the old one; somebody else's, the right to change users. */
function updateUserPassword(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  const schema = { params: UserParams, body: PasswordReq };
  const options = { schema, bodyLimit: MAX_BODY_BYTES, config: OPEN_BEFORE_PASSWORD_CHANGE };
  routes.put<{ Params: UserParams; Body: PasswordReq }>('/:user_id/password', options, async (request, reply) => {
    const userId = Number(request.params.user_id);
    const { principal } = dependencies.actorOf(request);
    const isSelf = isInPerson(principal, userId);
    if (!isSelf) assertPasswordChosen(principal);
    const admitted = await admitToUser(request, dependencies, userId, { action: 'update', self: true });
    const { accounts } = admitted.instance.identity;
    const { actor } = admitted;
    const { old_password: oldPassword, new_password: newPassword } = request.body;
    if (!newPassword) throw new ProductError('BAD_REQUEST', 'new_password is missing');
    if (!isSelf) {
      await accounts.resetPassword({ userId, password: newPassword, mustChange: false, actor });
      return reply.code(200).send();
    }
    if (!oldPassword) throw new ProductError('BAD_REQUEST', 'old_password is missing');
    const exchange = dependencies.exchangeOf(request);
    const isInSession = exchange.authentication.kind === 'session';
    const renewed = await accounts.changePassword({ userId, oldPassword, newPassword, isInSession, actor });
    if (renewed !== undefined) {
      reply.header('set-cookie', renderSessionCookie(exchange, renewed.secret)).header(CSRF_HEADER, renewed.csrfToken);
    }
    return reply.code(200).send();
  });
}

/** Somebody who signs in by OpenID Connect sets the own one in a session: whoever holds the old one does not. */
function setCliSecret(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  const options = { schema: { params: UserParams }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: UserParams }>('/:user_id/cli_secret', options, async (request, reply) => {
    const userId = Number(request.params.user_id);
    const { instance, actor } = await admitToUser(request, dependencies, userId, { action: 'update', self: true });
    if (isInPerson(actor.principal, userId)) assertInSession(dependencies.exchangeOf(request));
    const secret = readText('secret', readObject('the body', request.body ?? {})['secret'], 1_024) ?? '';
    await instance.identity.cliSecrets.set(userId, secret, actor);
    return reply.code(200).send();
  });
}
