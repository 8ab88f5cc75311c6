import type { FastifyReply } from 'fastify';
import { CSRF_HEADER } from '../../../http/assert-not-forged.ts';
import type { Exchange } from '../../../http/exchange.ts';
import { readSessionCookie, renderSessionCookie } from '../../../http/session-cookie.ts';
import { readSignInCookie, renderSignInCookie } from '../../../http/sign-in-cookie.ts';
import type { BrowserRequest } from '../../../identity/oidc/oidc-sign-ins.ts';
import type { Actor } from '../../../kernel/actor.ts';

/** What a browser shows that is on its way through a sign-in. */
export function browserOf(exchange: Exchange, from: Actor): BrowserRequest {
  const { authentication } = exchange;
  const sessionId = authentication.kind === 'session' ? authentication.id : undefined;
  return { browserSecret: readSignInCookie(exchange), replaces: readSessionCookie(exchange), sessionId, from };
}

/** Gives a browser its session; its sign-in is over. */
export function signedIn(
  exchange: Exchange,
  reply: FastifyReply,
  { secret, csrfToken }: { readonly secret: string; readonly csrfToken: string },
): FastifyReply {
  const cookies = [renderSessionCookie(exchange, secret), renderSignInCookie(exchange, '')];
  return reply.header('set-cookie', cookies).header(CSRF_HEADER, csrfToken);
}
