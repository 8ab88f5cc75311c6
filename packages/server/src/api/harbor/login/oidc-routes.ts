import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { assertSameOrigin } from '../../../http/assert-not-forged.ts';
import type { Exchange } from '../../../http/exchange.ts';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import { sendPage } from '../../../http/pages/send-page.ts';
import { SIGN_IN } from '../../../http/route-access.ts';
import { renderSignInCookie } from '../../../http/sign-in-cookie.ts';
import type { Identity } from '../../../identity/identity.ts';
import { readLocalPath } from '../../../identity/oidc/local-path.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { registerOnboardingPage } from './onboarding-page.ts';
import { renderFailedSignIn } from './render-failed-sign-in.ts';
import { browserOf, signedIn } from './signing-in-browser.ts';

const OnboardBody = Type.Object({ username: Type.String({ maxLength: 1_024 }) });
type OnboardBody = Type.Static<typeof OnboardBody>;

const MAX_BODY_BYTES = 16 * 1024;

export interface OidcRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly identity: Pick<Identity, 'oidcSignIns'> };
  readonly actorOf: (request: FastifyRequest) => Actor;
  readonly exchangeOf: (request: FastifyRequest) => Exchange;
}

/** Signing in at a login provider, at Harbor's addresses. A browser comes here by itself, so that no page of ours need be there. */
export function registerOidcRoutes(app: FastifyInstance, dependencies: OidcRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      routes.addHook('onSend', async (_request, reply) => {
        // The address of the callback holds a code.
        reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
      });
      const open = { config: SIGN_IN, exposeHeadRoute: false };
      routes.get('/login', open, (request, reply) => answer(dependencies, request, reply, begin));
      routes.get('/callback', open, (request, reply) => answer(dependencies, request, reply, complete));
      registerOnboarding(routes, dependencies);
    },
    { prefix: '/c/oidc' },
  );
  registerOnboardingPage(app, dependencies);
}

type Step = (
  dependencies: OidcRouteDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply>;

/** What goes wrong is a page for who asks for pages. */
async function answer(
  dependencies: OidcRouteDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
  step: Step,
): Promise<FastifyReply> {
  try {
    return await step(dependencies, request, reply);
  } catch (error) {
    const exchange = dependencies.exchangeOf(request);
    if (!(error instanceof ProductError) || !(exchange.header('accept') ?? '').includes('text/html')) throw error;
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
    return sendPage(reply, error.status, renderFailedSignIn(error.message, exchange.requestId));
  }
}

async function begin(
  { instanceOf, actorOf, exchangeOf }: OidcRouteDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const exchange = exchangeOf(request);
  const begun = await instanceOf(request).identity.oidcSignIns.begin({
    provider: exchange.query.get('provider') ?? undefined,
    redirectTo: readLocalPath(exchange.query.get('redirect_url') ?? undefined),
    origin: exchange.origin,
    from: actorOf(request),
  });
  return reply.header('set-cookie', renderSignInCookie(exchange, begun.browserSecret)).redirect(begun.url, 302);
}

async function complete(
  { instanceOf, exchangeOf, ...dependencies }: OidcRouteDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const exchange = exchangeOf(request);
  const { oidcSignIns } = instanceOf(request).identity;
  const came = await oidcSignIns.complete(exchange.query, browserOf(exchange, dependencies.actorOf(request)));
  if (came.kind === 'name-wanted') {
    const wanted = new URLSearchParams({ username: came.suggestion, redirect_url: came.redirectTo });
    reply.header('set-cookie', renderSignInCookie(exchange, came.browserSecret));
    return reply.redirect(`/oidc-onboard?${wanted}`, 302);
  }
  if (came.kind === 'added') {
    return reply.header('set-cookie', renderSignInCookie(exchange, '')).redirect(came.redirectTo, 302);
  }
  return signedIn(exchange, reply, came.opened).redirect(came.redirectTo, 302);
}

function registerOnboarding(routes: FastifyInstance, dependencies: OidcRouteDependencies): void {
  const options = { schema: { body: OnboardBody }, bodyLimit: MAX_BODY_BYTES, config: SIGN_IN };
  routes.post<{ Body: OnboardBody }>('/onboard', options, async (request, reply) => {
    const exchange = dependencies.exchangeOf(request);
    assertSameOrigin(exchange);
    const { oidcSignIns } = dependencies.instanceOf(request).identity;
    const browser = browserOf(exchange, dependencies.actorOf(request));
    const { user, opened, redirectTo } = await oidcSignIns.onboard(request.body.username, browser);
    return signedIn(exchange, reply, opened).send({ user: { id: user.id, name: user.name }, redirectUrl: redirectTo });
  });
}
