import type { FastifyRequest } from 'fastify';
import type { Exchange } from '../../../http/exchange.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { Account } from '../../../identity/users/account.ts';
import { noSuchUser } from '../../../identity/users/no-such-user.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { isAdministrator, type Person } from '../../../kernel/principal.ts';
import { refusal } from '../../../projects/project-access.ts';

export interface AccountInstance {
  readonly identity: Pick<
    Identity,
    | 'accounts'
    | 'accessSettings'
    | 'changeAccessSettings'
    | 'credentials'
    | 'secondFactors'
    | 'sessions'
    | 'ownIdentities'
    | 'oidcSignIns'
    | 'cliSecrets'
  >;
}

export interface AccountRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => AccountInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
  readonly exchangeOf: (request: FastifyRequest) => Exchange;
}

export interface AdministratorRequest extends AccountInstance {
  readonly actor: Actor;
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED unless an administrator asks in person */
export function admitAdministrator(
  request: FastifyRequest,
  { instanceOf, actorOf }: AccountRouteDependencies,
): AdministratorRequest {
  const actor = actorOf(request);
  if (!isAdministrator(actor.principal)) throw refusal(actor.principal);
  return { identity: instanceOf(request).identity, actor };
}

/** @throws ProductError UNAUTHORIZED, DENIED, NOT_FOUND: the last only for administrators */
export async function admitToAccount(
  request: FastifyRequest,
  dependencies: AccountRouteDependencies,
  userId: number,
): Promise<AdministratorRequest & { readonly account: Account }> {
  const admitted = admitAdministrator(request, dependencies);
  const account = await admitted.identity.accounts.find(userId);
  if (account === undefined) throw noSuchUser();
  return { ...admitted, account };
}

/** Whose own things a request is about. @throws ProductError UNAUTHORIZED (anonymous), DENIED (no person) */
export function admitPerson(
  request: FastifyRequest,
  { instanceOf, actorOf }: AccountRouteDependencies,
): AdministratorRequest & { readonly userId: number; readonly user: Person } {
  const actor = actorOf(request);
  if (actor.principal.kind !== 'user') throw refusal(actor.principal);
  const user = actor.principal;
  return { identity: instanceOf(request).identity, actor, userId: user.id, user };
}
