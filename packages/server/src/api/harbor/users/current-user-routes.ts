import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OPEN_BEFORE_PASSWORD_CHANGE } from '../../../http/route-access.ts';
import { noSuchUser } from '../../../identity/users/no-such-user.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { userIdOf } from '../../../kernel/principal.ts';
import { assertSignedIn } from '../../../projects/project-access.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { listPermissions } from './list-permissions.ts';
import { renderUser } from './render-user.ts';
import type { UserRouteDependencies } from './user-route-dependencies.ts';
import * as contract from './users-contract.ts';

/** What somebody who is signed in may know of itself. */
export function registerCurrentUserRoutes(routes: FastifyInstance, dependencies: UserRouteDependencies): void {
  const { instanceOf, actorOf } = dependencies;
  const getCurrentUser = async (request: FastifyRequest) => {
    const { principal } = actorOf(request);
    assertSignedIn(principal);
    const userId = userIdOf(principal);
    if (userId === undefined) throw new ProductError('PRECONDITION', `a ${principal.kind} is no user`);
    const account = await instanceOf(request).identity.accounts.find(userId);
    if (account === undefined) throw noSuchUser();
    return renderUser(account);
  };
  serveOperation(routes, contract.getCurrentUserInfo, getCurrentUser, OPEN_BEFORE_PASSWORD_CHANGE);
  serveOperation(routes, contract.getCurrentUserPermissions, async (request) => {
    const { principal } = actorOf(request);
    assertSignedIn(principal);
    const { scope = '', relative = false } = request.query;
    return listPermissions(instanceOf(request).projects, principal, { scope, isRelative: relative });
  });
}
