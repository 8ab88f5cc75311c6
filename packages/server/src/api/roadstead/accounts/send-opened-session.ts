import type { FastifyReply, FastifyRequest } from 'fastify';
import { CSRF_HEADER } from '../../../http/assert-not-forged.ts';
import { renderSessionCookie } from '../../../http/session-cookie.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { OpenedSignIn } from '../../../identity/sessions/sign-in.ts';
import type { Principal } from '../../../kernel/principal.ts';
import type { AccountRouteDependencies } from './account-route-dependencies.ts';

/** The answer to every sign-in that is complete: the cookie, and who is signed in. */
export async function sendOpenedSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { exchangeOf, instanceOf }: Pick<AccountRouteDependencies, 'exchangeOf' | 'instanceOf'>,
  { user, opened }: OpenedSignIn,
): Promise<FastifyReply> {
  const { secondFactorRule } = instanceOf(request).identity;
  const cookie = renderSessionCookie(exchangeOf(request), opened.secret);
  reply.header('set-cookie', cookie).header(CSRF_HEADER, opened.csrfToken);
  return reply.header('cache-control', 'no-store').send(await renderCurrentSession(opened.id, user, secondFactorRule));
}

export async function renderCurrentSession(
  id: string,
  principal: Principal,
  rule: Pick<Identity['secondFactorRule'], 'mustEnrol'>,
): Promise<Readonly<Record<string, unknown>>> {
  if (principal.kind !== 'user') throw new Error('a session is a person’s');
  const { name, isAdministrator, mustChangePassword = false } = principal;
  const mustEnrolSecondFactor = await rule.mustEnrol(principal);
  return { id, user: { id: principal.id, name, isAdministrator, mustChangePassword, mustEnrolSecondFactor } };
}
