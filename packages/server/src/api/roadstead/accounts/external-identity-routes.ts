import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { assertInSession } from '../../../http/assert-in-session.ts';
import { readObject, readText } from '../../../http/request-fields.ts';
import { renderSignInCookie } from '../../../http/sign-in-cookie.ts';
import { readLocalPath } from '../../../identity/oidc/local-path.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { renderInstant } from '../instant.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { Id } from '../query-fields.ts';
import { type AccountRouteDependencies, admitPerson } from './account-route-dependencies.ts';

const IdParams = Type.Object({ id: Id });
type IdParams = Type.Static<typeof IdParams>;

const IDENTITIES = '/identities';
/** A session that was left open, or stolen, adds no way in. */
const MAX_SESSION_AGE_MS = 15 * 60_000;

/** By which login providers one signs in to the own account, and the secret for where there is no browser. */
export function registerExternalIdentityRoutes(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  routes.get(IDENTITIES, async (request) => {
    const { identity, userId } = admitPerson(request, dependencies);
    const items = await identity.ownIdentities.list(userId);
    return { items: items.map((each) => ({ ...each, createdAt: renderInstant(each.createdAt) })) };
  });
  routes.post(IDENTITIES, { bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const { identity, userId, sessionId, actor } = await admitRecent(request, dependencies);
    const body = readObject('the body', request.body);
    const exchange = dependencies.exchangeOf(request);
    const begun = await identity.oidcSignIns.begin({
      provider: readText('provider', body['provider'], 64) ?? '',
      redirectTo: readLocalPath(readText('redirectUrl', body['redirectUrl'], 2_048) ?? undefined),
      origin: exchange.origin,
      from: actor,
      links: { userId, sessionId },
    });
    reply.header('set-cookie', renderSignInCookie(exchange, begun.browserSecret));
    return reply.code(201).header('cache-control', 'no-store').send({ url: begun.url });
  });
  const one = { schema: { params: IdParams } };
  routes.delete<{ Params: IdParams }>(`${IDENTITIES}/:id`, one, async (request, reply) => {
    const { identity, userId, actor } = admitPerson(request, dependencies);
    assertInSession(dependencies.exchangeOf(request));
    await identity.ownIdentities.remove(userId, Number(request.params.id), actor);
    return reply.code(204).send();
  });
  routes.post('/cli-secret', async (request, reply) => {
    const { identity, userId, actor } = admitPerson(request, dependencies);
    assertInSession(dependencies.exchangeOf(request));
    const secret = await identity.cliSecrets.generate(userId, actor);
    return reply.code(201).header('cache-control', 'no-store').send({ secret });
  });
}

/** @throws ProductError UNAUTHORIZED, DENIED unless somebody asks in a session that was opened a short while ago */
async function admitRecent(request: FastifyRequest, dependencies: AccountRouteDependencies) {
  const admitted = admitPerson(request, dependencies);
  const { authentication } = dependencies.exchangeOf(request);
  const sessionId = authentication.kind === 'session' ? authentication.id : undefined;
  const sessions = sessionId === undefined ? [] : await admitted.identity.sessions.list(admitted.userId);
  const session = sessions.find(({ id }) => id === sessionId);
  if (session === undefined || Date.now() - session.createdAt > MAX_SESSION_AGE_MS) {
    throw new ProductError('PRECONDITION', 'sign in anew first: this is done in a session of the last 15 minutes');
  }
  return { ...admitted, sessionId: session.id };
}
