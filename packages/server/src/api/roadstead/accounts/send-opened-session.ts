import type { FastifyReply, FastifyRequest } from 'fastify';
import { CSRF_HEADER } from '../../../http/assert-not-forged.ts';
import { renderSessionCookie } from '../../../http/session-cookie.ts';
import type { AccessSettings } from '../../../identity/access-settings.ts';
import { mustEnrolSecondFactor } from '../../../identity/second-factors/assert-second-factor-enrolled.ts';
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
  const settings = await instanceOf(request).identity.accessSettings.get();
  const cookie = renderSessionCookie(exchangeOf(request), opened.secret);
  reply.header('set-cookie', cookie).header(CSRF_HEADER, opened.csrfToken);
  return reply.header('cache-control', 'no-store').send(renderCurrentSession(opened.id, user, settings));
}

export function renderCurrentSession(
  id: string,
  principal: Principal,
  settings: AccessSettings,
): Readonly<Record<string, unknown>> {
  if (principal.kind !== 'user') throw new Error('a session is a person’s');
  const { name, isAdministrator, mustChangePassword = false } = principal;
  const mustEnrol = mustEnrolSecondFactor(principal, settings);
  return {
    id,
    user: { id: principal.id, name, isAdministrator, mustChangePassword, mustEnrolSecondFactor: mustEnrol },
  };
}
