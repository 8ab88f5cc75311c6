import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import { assertSameOrigin, CSRF_HEADER } from '../../../http/assert-not-forged.ts';
import { endSession } from '../../../http/end-session.ts';
import type { Exchange } from '../../../http/exchange.ts';
import { renderSecondFactorChallenge } from '../../../http/render-second-factor-challenge.ts';
import { OPEN_BEFORE_PASSWORD_CHANGE, OPEN_IN_READ_ONLY_MODE, SIGN_IN } from '../../../http/route-access.ts';
import { readSessionCookie, renderEndedSessionCookie } from '../../../http/session-cookie.ts';
import type { SecondStep } from '../../../identity/second-factors/second-factors.ts';
import type { Session } from '../../../identity/sessions/sessions.ts';
import { signIn, signInFurther } from '../../../identity/sessions/sign-in.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { refusal } from '../../../projects/project-access.ts';
import { renderInstant } from '../instant.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { Id, Text } from '../query-fields.ts';
import { type AccountRouteDependencies, admitPerson, admitToAccount } from './account-route-dependencies.ts';
import { AssertionBody, MAX_PASSKEY_BODY_BYTES, requirePasskeySite } from './passkey-request.ts';
import { renderCurrentSession, sendOpenedSession } from './send-opened-session.ts';

const SignInBody = Type.Object({
  username: Type.String({ maxLength: 1_024 }),
  password: Type.String({ maxLength: 1_024 }),
});
type SignInBody = Type.Static<typeof SignInBody>;

const SecondStepBody = Type.Object({
  challenge: Type.String({ maxLength: 256 }),
  code: Type.Optional(Type.String({ maxLength: 256 })),
  credential: Type.Optional(AssertionBody),
});
type SecondStepBody = Type.Static<typeof SecondStepBody>;

const SessionParams = Type.Object({ session: Text(64) });
type SessionParams = Type.Static<typeof SessionParams>;
const UserParams = Type.Object({ user: Id });
type UserParams = Type.Static<typeof UserParams>;
const UserSessionParams = Type.Object({ user: Id, session: Text(64) });
type UserSessionParams = Type.Static<typeof UserSessionParams>;

/** The session of the request itself, one's own sessions, and for administrators those of everybody. */
export function registerSessionRoutes(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  registerSignIn(routes, dependencies);
  registerCurrentSession(routes, dependencies);
  registerOwnSessions(routes, dependencies);
  registerSessionsOfUsers(routes, dependencies);
}

function registerSignIn(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const options = { schema: { body: SignInBody }, bodyLimit: MAX_BODY_BYTES, config: SIGN_IN };
  routes.post<{ Body: SignInBody }>('/session', options, async (request, reply) => {
    const exchange = dependencies.exchangeOf(request);
    assertSameOrigin(exchange);
    const { username, password } = request.body;
    const replaces = readSessionCookie(exchange);
    const actor = dependencies.actorOf(request);
    const signedIn = await signIn(dependencies.instanceOf(request).identity, { username, password, replaces, actor });
    if (signedIn === undefined) throw new ProductError('UNAUTHORIZED', 'the user name or the password is wrong');
    if (signedIn.kind === 'opened') return sendOpenedSession(request, reply, dependencies, signedIn);
    return reply.code(401).header('cache-control', 'no-store').send(renderSecondFactorChallenge(signedIn.challenge));
  });
  const further = { schema: { body: SecondStepBody }, bodyLimit: MAX_PASSKEY_BODY_BYTES, config: SIGN_IN };
  routes.post<{ Body: SecondStepBody }>('/session/second-factor', further, async (request, reply) => {
    const exchange = dependencies.exchangeOf(request);
    assertSameOrigin(exchange);
    const { challenge } = request.body;
    const step = readStep(request.body, exchange);
    const input = { challenge, step, replaces: readSessionCookie(exchange), actor: dependencies.actorOf(request) };
    const signedIn = await signInFurther(dependencies.instanceOf(request).identity, input);
    return sendOpenedSession(request, reply, dependencies, signedIn);
  });
}

/** @throws ProductError VALIDATION, PRECONDITION (no passkeys here) */
function readStep({ code, credential }: SecondStepBody, exchange: Exchange): SecondStep {
  if (code !== undefined) return { code };
  if (credential !== undefined) return { passkey: credential, site: requirePasskeySite(exchange) };
  throw new ProductError('VALIDATION', 'code is missing, or credential: what a passkey has signed');
}

function registerCurrentSession(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const config = OPEN_BEFORE_PASSWORD_CHANGE;
  routes.get('/session', { config }, async (request) => {
    const { authentication, actor } = dependencies.exchangeOf(request);
    if (authentication.kind === 'session') {
      const { secondFactorRule } = dependencies.instanceOf(request).identity;
      return renderCurrentSession(authentication.id, authentication.principal, secondFactorRule);
    }
    if (actor.principal.kind === 'anonymous') throw refusal(actor.principal);
    throw new ProductError('NOT_FOUND', 'this request is not made in a session');
  });
  routes.delete('/session', { config: { ...config, ...OPEN_IN_READ_ONLY_MODE } }, async (request, reply) => {
    const exchange = dependencies.exchangeOf(request);
    const endSessionUrl = await endSession(exchange, dependencies.instanceOf(request).identity);
    reply.removeHeader(CSRF_HEADER).header('set-cookie', renderEndedSessionCookie(exchange));
    return endSessionUrl === undefined ? reply.code(204).send() : reply.send({ endSessionUrl });
  });
}

function registerOwnSessions(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const currentOf = (request: Parameters<typeof dependencies.exchangeOf>[0]) => {
    const { authentication } = dependencies.exchangeOf(request);
    return authentication.kind === 'session' ? authentication.id : undefined;
  };
  routes.get('/sessions', async (request) => {
    const { identity, userId } = admitPerson(request, dependencies);
    const current = currentOf(request);
    const sessions = await identity.sessions.list(userId);
    return { items: sessions.map((session) => ({ ...renderSession(session), isCurrent: session.id === current })) };
  });
  // All others: who wants the own one ended as well, signs out.
  routes.delete('/sessions', async (request) => {
    const { identity, userId, actor } = admitPerson(request, dependencies);
    return { revoked: await identity.sessions.revokeAll(userId, actor, currentOf(request)) };
  });
  const options = { schema: { params: SessionParams } };
  routes.delete<{ Params: SessionParams }>('/sessions/:session', options, async (request, reply) => {
    const { identity, userId, actor } = admitPerson(request, dependencies);
    return sendRevoked(reply, await identity.sessions.revoke(userId, request.params.session, actor));
  });
}

function registerSessionsOfUsers(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const ofUser = { schema: { params: UserParams } };
  routes.get<{ Params: UserParams }>('/users/:user/sessions', ofUser, async (request) => {
    const { identity, account } = await admitToAccount(request, dependencies, Number(request.params.user));
    return { items: (await identity.sessions.list(account.id)).map(renderSession) };
  });
  routes.delete<{ Params: UserParams }>('/users/:user/sessions', ofUser, async (request) => {
    const { identity, account, actor } = await admitToAccount(request, dependencies, Number(request.params.user));
    return { revoked: await identity.sessions.revokeAll(account.id, actor) };
  });
  const one = { schema: { params: UserSessionParams } };
  routes.delete<{ Params: UserSessionParams }>('/users/:user/sessions/:session', one, async (request, reply) => {
    const { identity, account, actor } = await admitToAccount(request, dependencies, Number(request.params.user));
    return sendRevoked(reply, await identity.sessions.revoke(account.id, request.params.session, actor));
  });
}

function sendRevoked(reply: FastifyReply, wasThere: boolean): FastifyReply {
  if (!wasThere) throw new ProductError('NOT_FOUND', 'there is no such session: it has ended, or was revoked');
  return reply.code(204).send();
}

function renderSession(session: Session): Readonly<Record<string, unknown>> {
  return {
    id: session.id,
    address: session.address,
    userAgent: session.userAgent,
    createdAt: renderInstant(session.createdAt),
    lastUsedAt: renderInstant(session.lastUsedAt),
    expiresAt: renderInstant(session.expiresAt),
  };
}
