import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { assertSameOrigin } from '../../../http/assert-not-forged.ts';
import { OPEN_BEFORE_ENROLMENT, SIGN_IN } from '../../../http/route-access.ts';
import { readSessionCookie } from '../../../http/session-cookie.ts';
import { findPasskeySite } from '../../../identity/passkeys/passkey-site.ts';
import { signInByPasskey } from '../../../identity/sessions/sign-in.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { Id } from '../query-fields.ts';
import { type AccountRouteDependencies, admitPerson } from './account-route-dependencies.ts';
import { AssertionBody, AttestationBody, MAX_PASSKEY_BODY_BYTES, requirePasskeySite } from './passkey-request.ts';
import { readProofIfAny, SomeProof, sessionIdOf } from './proof-request.ts';
import { sendOpenedSession } from './send-opened-session.ts';

const BASE = '/second-factor/passkeys';
const DEFAULT_NAME = 'passkey';

const Name = Type.String({ maxLength: 1_024 });
const RegistrationBody = Type.Object({ name: Type.Optional(Name), credential: AttestationBody });
type RegistrationBody = Type.Static<typeof RegistrationBody>;
const NameBody = Type.Object({ name: Name });
type NameBody = Type.Static<typeof NameBody>;
const PasskeyParams = Type.Object({ passkey: Id });
type PasskeyParams = Type.Static<typeof PasskeyParams>;
const SignInBody = Type.Object({ credential: AssertionBody });
type SignInBody = Type.Static<typeof SignInBody>;
const StepBody = Type.Object({ challenge: Type.String({ maxLength: 256 }) });
type StepBody = Type.Static<typeof StepBody>;

/** One's own passkeys, and signing in with them. */
export function registerPasskeyRoutes(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  registerRegistration(routes, dependencies);
  registerKeeping(routes, dependencies);
  registerSignIn(routes, dependencies);
}

function registerRegistration(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const config = OPEN_BEFORE_ENROLMENT;
  const begin = { schema: { body: SomeProof }, bodyLimit: MAX_BODY_BYTES, config };
  routes.post<{ Body: SomeProof }>(`${BASE}/options`, begin, async (request, reply) => {
    const { identity, user, actor } = admitPerson(request, dependencies);
    const exchange = dependencies.exchangeOf(request);
    const site = requirePasskeySite(exchange);
    const input = { user, sessionId: sessionIdOf(exchange), proof: readProofIfAny(request.body), site, actor };
    const options = await identity.secondFactors.passkeys.beginRegistration(input);
    return reply.header('cache-control', 'no-store').send(options);
  });
  const finish = { schema: { body: RegistrationBody }, bodyLimit: MAX_PASSKEY_BODY_BYTES, config };
  routes.post<{ Body: RegistrationBody }>(BASE, finish, async (request, reply) => {
    const { identity, user, actor } = admitPerson(request, dependencies);
    const exchange = dependencies.exchangeOf(request);
    const { name = DEFAULT_NAME, credential: response } = request.body;
    const input = { user, sessionId: sessionIdOf(exchange), name, response, site: requirePasskeySite(exchange), actor };
    const { id, recoveryCodes } = await identity.secondFactors.passkeys.register(input);
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ id, recoveryCodes: recoveryCodes ?? null });
  });
}

function registerKeeping(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const rename = { schema: { params: PasskeyParams, body: NameBody }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: PasskeyParams; Body: NameBody }>(`${BASE}/:passkey`, rename, async (request, reply) => {
    const { identity, userId, actor } = admitPerson(request, dependencies);
    const id = Number(request.params.passkey);
    await identity.secondFactors.passkeys.rename({ userId, id, name: request.body.name, actor });
    return reply.code(204).send();
  });
  const remove = { schema: { params: PasskeyParams, body: SomeProof }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Params: PasskeyParams; Body: SomeProof }>(`${BASE}/:passkey/remove`, remove, async (request, reply) => {
    const { identity, user, actor } = admitPerson(request, dependencies);
    const sessionId = sessionIdOf(dependencies.exchangeOf(request));
    const id = Number(request.params.passkey);
    const proof = readProofIfAny(request.body);
    await identity.secondFactors.passkeys.remove({ user, id, sessionId, proof, actor });
    return reply.code(204).send();
  });
}

function registerSignIn(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  const { exchangeOf, instanceOf, actorOf } = dependencies;
  // For the page that people sign in on: whether to offer passkeys, and why not.
  routes.get('/sign-in/passkeys', { config: SIGN_IN }, async (request) => {
    const found = findPasskeySite(exchangeOf(request).externalOrigin);
    return 'site' in found
      ? { isAvailable: true, rpId: found.site.rpId, origin: found.site.origin, reason: null }
      : { isAvailable: false, rpId: null, origin: null, reason: found.problem };
  });
  routes.post('/session/passkey/options', { config: SIGN_IN, bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const exchange = exchangeOf(request);
    assertSameOrigin(exchange);
    const options = await instanceOf(request).identity.secondFactors.passkeys.beginSignIn(requirePasskeySite(exchange));
    return reply.header('cache-control', 'no-store').send(options);
  });
  const signIn = { schema: { body: SignInBody }, bodyLimit: MAX_PASSKEY_BODY_BYTES, config: SIGN_IN };
  routes.post<{ Body: SignInBody }>('/session/passkey', signIn, async (request, reply) => {
    const exchange = exchangeOf(request);
    assertSameOrigin(exchange);
    const signedIn = await signInByPasskey(instanceOf(request).identity, {
      response: request.body.credential,
      site: requirePasskeySite(exchange),
      replaces: readSessionCookie(exchange),
      actor: actorOf(request),
    });
    return sendOpenedSession(request, reply, dependencies, signedIn);
  });
  const step = { schema: { body: StepBody }, bodyLimit: MAX_BODY_BYTES, config: SIGN_IN };
  routes.post<{ Body: StepBody }>('/session/second-factor/passkey-options', step, async (request, reply) => {
    const exchange = exchangeOf(request);
    assertSameOrigin(exchange);
    const { secondFactors } = instanceOf(request).identity;
    const options = await secondFactors.beginPasskeyStep(request.body.challenge, requirePasskeySite(exchange));
    return reply.header('cache-control', 'no-store').send(options);
  });
}
