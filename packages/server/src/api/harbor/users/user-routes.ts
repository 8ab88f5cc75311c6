import type { FastifyInstance, FastifyReply } from 'fastify';
import { assertInSession } from '../../../http/assert-in-session.ts';
import { CSRF_HEADER } from '../../../http/assert-not-forged.ts';
import { OPEN_BEFORE_PASSWORD_CHANGE } from '../../../http/route-access.ts';
import { renderSessionCookie } from '../../../http/session-cookie.ts';
import { assertPasswordChosen } from '../../../identity/users/assert-password-chosen.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { refusal } from '../../../projects/project-access.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, type RequestOf, serveOperation } from '../openapi/serve-operation.ts';
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
import * as contract from './users-contract.ts';

/** Harbor's operations on users. */
export function registerUserRoutes(app: FastifyInstance, dependencies: UserRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
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
  });
}

function listUsers(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  serveOperation(routes, contract.listUsers, async (request, reply) => {
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
  serveOperation(routes, contract.searchUsers, async (request, reply) => {
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
  serveOperation(routes, contract.createUser, async (request, reply) => {
    const instance = dependencies.instanceOf(request);
    const actor = dependencies.actorOf(request);
    const { accounts, accessSettings } = instance.identity;
    if (!(await canOnUsers(instance, actor.principal, 'create')) && !(await accessSettings.get()).selfRegistration) {
      throw refusal(actor.principal);
    }
    const { username = '', password = '', email = '', realname = '', comment = '' } = request.body;
    const id = await accounts.create({ name: username, password, email, realName: realname, comment }, actor);
    reply.header('location', `${HARBOR_BASE}/users/${id}`);
  });
}

function getUser(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  serveOperation(routes, contract.getUser, async (request) => {
    const { user_id: userId } = request.params;
    const { account } = await admitToUser(request, dependencies, userId, { action: 'read', self: true });
    return renderUser(account);
  });
}

function updateUserProfile(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  serveOperation(routes, contract.updateUserProfile, async (request) => {
    const { user_id: userId } = request.params;
    const admitted = await admitToUser(request, dependencies, userId, { action: 'update', self: true });
    const { email, realname, comment } = request.body;
    const change = {
      ...(email !== undefined && { email }),
      ...(realname !== undefined && { realName: realname }),
      ...(comment !== undefined && { comment }),
    };
    await admitted.instance.identity.accounts.updateProfile(userId, change, admitted.actor);
  });
}

function deleteUser(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  serveOperation(routes, contract.deleteUser, async (request) => {
    const { user_id: userId } = request.params;
    const { instance, actor } = await admitToUser(request, dependencies, userId, { action: 'delete', self: false });
    await instance.identity.accounts.delete(userId, actor);
  });
}

function setUserSysAdmin(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  serveOperation(routes, contract.setUserSysAdmin, async (request) => {
    const { user_id: userId } = request.params;
    const { principal } = dependencies.actorOf(request);
    assertAdministrator(principal);
    const { instance, actor } = await admitToUser(request, dependencies, userId, { action: 'update', self: false });
    const { sysadmin_flag: isAdministrator = false } = request.body;
    await instance.identity.accounts.setAdministrator(userId, isAdministrator, actor);
  });
}

/** One's own needs the old one; somebody else's, the right to change users. */
function updateUserPassword(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  const change = async (request: RequestOf<typeof contract.updateUserPassword>, reply: FastifyReply) => {
    const { user_id: userId } = request.params;
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
      return;
    }
    if (!oldPassword) throw new ProductError('BAD_REQUEST', 'old_password is missing');
    const exchange = dependencies.exchangeOf(request);
    const isInSession = exchange.authentication.kind === 'session';
    const renewed = await accounts.changePassword({ userId, oldPassword, newPassword, isInSession, actor });
    if (renewed !== undefined) {
      reply.header('set-cookie', renderSessionCookie(exchange, renewed.secret)).header(CSRF_HEADER, renewed.csrfToken);
    }
  };
  serveOperation(routes, contract.updateUserPassword, change, OPEN_BEFORE_PASSWORD_CHANGE);
}

/** Somebody who signs in by OpenID Connect sets the own one in a session: whoever holds the old one does not. */
function setCliSecret(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  serveOperation(routes, contract.setCliSecret, async (request) => {
    const { user_id: userId } = request.params;
    const { instance, actor } = await admitToUser(request, dependencies, userId, { action: 'update', self: true });
    if (isInPerson(actor.principal, userId)) assertInSession(dependencies.exchangeOf(request));
    await instance.identity.cliSecrets.set(userId, request.body.secret ?? '', actor);
  });
}
