import type { FastifyInstance, FastifyRequest } from 'fastify';
import { assertSameOrigin, CSRF_HEADER } from '../../../http/assert-not-forged.ts';
import { endSession } from '../../../http/end-session.ts';
import type { Exchange } from '../../../http/exchange.ts';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import { renderSecondFactorChallenge } from '../../../http/render-second-factor-challenge.ts';
import { SIGN_IN } from '../../../http/route-access.ts';
import { readSessionCookie, renderEndedSessionCookie, renderSessionCookie } from '../../../http/session-cookie.ts';
import type { Identity } from '../../../identity/identity.ts';
import { type SignInDependencies, signIn } from '../../../identity/sessions/sign-in.ts';
import type { Actor } from '../../../kernel/actor.ts';

const MAX_FORM_BYTES = 16 * 1024;

export interface LoginRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => {
    readonly identity: SignInDependencies & Pick<Identity, 'sessions' | 'oidcSignIns'>;
  };
  readonly actorOf: (request: FastifyRequest) => Actor;
  readonly exchangeOf: (request: FastifyRequest) => Exchange;
}

/** Signing in and out as Harbor's own pages and clients do. */
export function registerLoginRoutes(app: FastifyInstance, dependencies: LoginRouteDependencies): void {
  const { instanceOf, actorOf, exchangeOf } = dependencies;
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      routes.removeAllContentTypeParsers();
      const options = { parseAs: 'string', bodyLimit: MAX_FORM_BYTES } as const;
      routes.addContentTypeParser(
        'application/x-www-form-urlencoded',
        options,
        async (_: unknown, body: string) => body,
      );
      routes.addHook('onSend', async (_request, reply) => {
        reply.header('cache-control', 'no-store');
      });
      routes.post('/login', { config: SIGN_IN, bodyLimit: MAX_FORM_BYTES }, async (request, reply) => {
        const exchange = exchangeOf(request);
        assertSameOrigin(exchange);
        const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
        const signedIn = await signIn(instanceOf(request).identity, {
          username: form.get('principal') ?? '',
          password: form.get('password') ?? '',
          replaces: readSessionCookie(exchange),
          actor: actorOf(request),
        });
        if (signedIn === undefined) return reply.code(401).send();
        if (signedIn.kind === 'second-factor') {
          return reply.code(401).send(renderSecondFactorChallenge(signedIn.challenge));
        }
        reply.header('set-cookie', renderSessionCookie(exchange, signedIn.opened.secret));
        return reply.header(CSRF_HEADER, signedIn.opened.csrfToken).code(200).send();
      });
      routes.get('/log_out', { config: SIGN_IN }, async (request, reply) => {
        const exchange = exchangeOf(request);
        assertSameOrigin(exchange);
        const endSessionUrl = await endSession(exchange, instanceOf(request).identity);
        reply.removeHeader(CSRF_HEADER).header('set-cookie', renderEndedSessionCookie(exchange));
        return endSessionUrl === undefined ? reply.code(200).send() : reply.send({ endSessionUrl });
      });
    },
    { prefix: '/c' },
  );
}
