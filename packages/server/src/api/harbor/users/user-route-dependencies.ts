import type { FastifyRequest } from 'fastify';
import type { Exchange } from '../../../http/exchange.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { Account } from '../../../identity/users/account.ts';
import { noSuchUser } from '../../../identity/users/no-such-user.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { isAdministrator, type Principal, userIdOf } from '../../../kernel/principal.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';

export interface UserInstance {
  readonly identity: Pick<Identity, 'accounts' | 'accessSettings' | 'cliSecrets'>;
  readonly projects: Pick<Projects, 'permissions' | 'findDetails'>;
}

export interface UserRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => UserInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
  readonly exchangeOf: (request: FastifyRequest) => Exchange;
}

/** What is done with accounts, in Harbor's words. */
export type UserAction = 'list' | 'read' | 'create' | 'update' | 'delete';

export interface UserRequest {
  readonly instance: UserInstance;
  readonly actor: Actor;
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED */
export async function admitToUsers(
  request: FastifyRequest,
  { instanceOf, actorOf }: UserRouteDependencies,
  action: UserAction,
): Promise<UserRequest> {
  const instance = instanceOf(request);
  const actor = actorOf(request);
  if (await canOnUsers(instance, actor.principal, action)) return { instance, actor };
  throw refusal(actor.principal);
}

/**
 * As `admitToUsers`, for one account: who may not, hears the same whether it exists or not, since it is looked for only then.
 * @param options.self whether everybody may on the own account
 * @throws ProductError UNAUTHORIZED (anonymous), DENIED, NOT_FOUND
 */
export async function admitToUser(
  request: FastifyRequest,
  { instanceOf, actorOf }: UserRouteDependencies,
  userId: number,
  { action, self }: { readonly action: UserAction; readonly self: boolean },
): Promise<UserRequest & { readonly account: Account }> {
  const instance = instanceOf(request);
  const actor = actorOf(request);
  const { principal } = actor;
  const isSelf = action === 'read' ? userIdOf(principal) === userId : isInPerson(principal, userId);
  if (!(self && isSelf) && !(await canOnUsers(instance, principal, action))) throw refusal(principal);
  const account = await instance.identity.accounts.find(userId);
  if (account === undefined) throw noSuchUser();
  if (action !== 'read') assertMayTouch(principal, account);
  return { instance, actor, account };
}

/** Whether the principal is that user, and not one of its access tokens. */
export function isInPerson(principal: Principal, userId: number): boolean {
  return principal.kind === 'user' && principal.id === userId;
}

/** @throws ProductError DENIED unless an administrator asks in person: robots and tokens make nobody one. */
export function assertAdministrator(principal: Principal): void {
  if (!isAdministrator(principal)) throw refusal(principal);
}

export function canOnUsers({ projects }: UserInstance, principal: Principal, action: UserAction): Promise<boolean> {
  return projects.permissions.can(principal, { resource: 'user', action }, 'system');
}

/** Whoever was given the right to look after users would have all others with an administrator's password. */
function assertMayTouch(principal: Principal, account: Account): void {
  if (!account.isAdministrator || isAdministrator(principal)) return;
  throw new ProductError('DENIED', 'forbidden: accounts of administrators are changed by administrators in person');
}
