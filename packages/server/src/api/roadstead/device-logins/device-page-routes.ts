import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assertFormNotForged, assertSameOrigin, CSRF_HEADER } from '../../../http/assert-not-forged.ts';
import type { BrowserSession } from '../../../http/authentication.ts';
import { MAX_FORM_BYTES, readForm } from '../../../http/pages/forms.ts';
import { PAGE_HEADERS } from '../../../http/pages/plain-page.ts';
import { sendPage, sendRefusal } from '../../../http/pages/send-page.ts';
import { SIGN_IN } from '../../../http/route-access.ts';
import { readSessionCookie, renderSessionCookie } from '../../../http/session-cookie.ts';
import { readUserCode } from '../../../identity/device-logins/user-code.ts';
import { type FirstStep, type OpenedSignIn, signIn, signInFurther } from '../../../identity/sessions/sign-in.ts';
import type { UserPrincipal } from '../../../identity/user.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { DeviceLoginDependencies } from './device-login-routes.ts';
import {
  type OfferedProvider,
  renderCodeForm,
  renderDecided,
  renderDecision,
  renderSecondStep,
  renderSignIn,
} from './device-page.ts';

/** Forms carry their own proof against forged requests, since no script is there to set a header. */
const OWN_PROOF = { isSignIn: true } as const;
const METHODS: ReadonlySet<string> = new Set(['totp', 'passkey', 'recovery-code']);

/** The page on which somebody lets a program in: plain HTML and forms. */
export function registerDevicePages(routes: FastifyInstance, dependencies: DeviceLoginDependencies): void {
  registerLook(routes, dependencies);
  registerSignIn(routes, dependencies);
  registerDecision(routes, dependencies);
}

function registerLook(routes: FastifyInstance, dependencies: DeviceLoginDependencies): void {
  const { instanceOf, actorOf, exchangeOf } = dependencies;
  routes.get('/', { errorHandler: sendRefusal }, async (request, reply) => {
    const exchange = exchangeOf(request);
    const typed = (exchange.query.get('user_code') ?? '').slice(0, 64);
    const session = sessionOf(request, dependencies);
    if (session === undefined) {
      return sendPage(reply, 200, renderSignIn(readUserCode(typed) ?? '', await listOffered(instanceOf(request))));
    }
    const { user } = session;
    if (typed === '') return sendPage(reply, 200, renderCodeForm(user.name));
    try {
      const login = await instanceOf(request).identity.deviceLogins.find(user, typed, actorOf(request));
      return sendPage(reply, 200, renderDecision(login, user.name, session.csrfToken));
    } catch (error) {
      if (!(error instanceof ProductError) || error.code !== 'NOT_FOUND') throw error;
      return sendPage(reply, 404, renderCodeForm(user.name, error.message));
    }
  });
}

function registerSignIn(routes: FastifyInstance, dependencies: DeviceLoginDependencies): void {
  const { instanceOf, actorOf, exchangeOf } = dependencies;
  const options = { config: SIGN_IN, bodyLimit: MAX_FORM_BYTES, errorHandler: sendRefusal };
  routes.post('/sign-in', options, async (request, reply) => {
    const exchange = exchangeOf(request);
    assertSameOrigin(exchange);
    const form = readForm(request);
    const userCode = readUserCode(form.get('user_code') ?? '') ?? '';
    const result: FirstStep | undefined = await signIn(instanceOf(request).identity, {
      username: form.get('username') ?? '',
      password: form.get('password') ?? '',
      replaces: readSessionCookie(exchange),
      actor: actorOf(request),
    });
    if (result === undefined) {
      const offered = await listOffered(instanceOf(request));
      return sendPage(reply, 401, renderSignIn(userCode, offered, 'The user name or the password is wrong.'));
    }
    if (result.kind === 'opened') return sendOpened(request, reply, dependencies, result, userCode);
    const { token: challenge, methods } = result.challenge;
    return sendPage(reply, 200, renderSecondStep({ userCode, challenge, methods }));
  });
  routes.post('/second-factor', options, async (request, reply) => {
    const exchange = exchangeOf(request);
    assertSameOrigin(exchange);
    const form = readForm(request);
    const userCode = readUserCode(form.get('user_code') ?? '') ?? '';
    const challenge = form.get('challenge') ?? '';
    const methods = (form.get('methods') ?? '').split(' ').filter((method) => METHODS.has(method));
    const step = { code: (form.get('code') ?? '').trim() };
    try {
      const input = { challenge, step, replaces: readSessionCookie(exchange), actor: actorOf(request) };
      const opened = await signInFurther(instanceOf(request).identity, input);
      return await sendOpened(request, reply, dependencies, opened, userCode);
    } catch (error) {
      if (!(error instanceof ProductError) || error.code !== 'UNAUTHORIZED') throw error;
      return sendPage(reply, 401, renderSecondStep({ userCode, challenge, methods }, error.message));
    }
  });
}

function registerDecision(routes: FastifyInstance, dependencies: DeviceLoginDependencies): void {
  const { instanceOf, actorOf, exchangeOf } = dependencies;
  const options = { config: OWN_PROOF, bodyLimit: MAX_FORM_BYTES, errorHandler: sendRefusal };
  routes.post('/decide', options, async (request, reply) => {
    const session = sessionOf(request, dependencies);
    if (session === undefined)
      throw new ProductError('UNAUTHORIZED', 'you are not signed in any more: open the page again');
    const form = readForm(request);
    assertFormNotForged(exchangeOf(request), session.csrfToken, form.get('csrf') ?? '');
    const decision = form.get('decision');
    if (decision !== 'approve' && decision !== 'deny') throw new ProductError('BAD_REQUEST', 'say yes or no');
    const { deviceLogins } = instanceOf(request).identity;
    const isApproved = decision === 'approve';
    const login = await deviceLogins.decide(session.user, form.get('user_code') ?? '', isApproved, actorOf(request));
    return sendPage(reply, 200, renderDecided(isApproved, login, session.user.name));
  });
}

async function listOffered({
  identity,
}: ReturnType<DeviceLoginDependencies['instanceOf']>): Promise<OfferedProvider[]> {
  return (await identity.loginProviders.list()).filter(({ kind }) => kind === 'oidc');
}

/** Only who is signed in with this browser: no password that came with the request, and no token. */
function sessionOf(
  request: FastifyRequest,
  { exchangeOf }: DeviceLoginDependencies,
): (BrowserSession & { readonly user: UserPrincipal }) | undefined {
  const { authentication } = exchangeOf(request);
  if (authentication.kind !== 'session' || authentication.principal.kind !== 'user') return undefined;
  return { ...authentication, user: authentication.principal as UserPrincipal };
}

/** Back to the page, which looks at the session anew: a reload sends no password again. */
function sendOpened(
  request: FastifyRequest,
  reply: FastifyReply,
  { exchangeOf }: DeviceLoginDependencies,
  { opened }: OpenedSignIn,
  userCode: string,
): FastifyReply {
  reply.header('set-cookie', renderSessionCookie(exchangeOf(request), opened.secret)).removeHeader(CSRF_HEADER);
  const query = userCode === '' ? '' : `?user_code=${userCode}`;
  return reply.code(303).headers(PAGE_HEADERS).header('location', `/device${query}`).send('');
}
