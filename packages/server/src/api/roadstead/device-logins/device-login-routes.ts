import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Exchange } from '../../../http/exchange.ts';
import { MAX_FORM_BYTES, readForm, takeForms } from '../../../http/pages/forms.ts';
import { SIGN_IN } from '../../../http/route-access.ts';
import type { Poll } from '../../../identity/device-logins/device-login.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { registerDevicePages } from './device-page-routes.ts';

export interface DeviceLoginDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => {
    readonly identity: Pick<Identity, 'credentials' | 'deviceLogins' | 'loginProviders' | 'secondFactors' | 'sessions'>;
  };
  readonly actorOf: (request: FastifyRequest) => Actor;
  readonly exchangeOf: (request: FastifyRequest) => Exchange;
}

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';
const MAX_CLIENT_ID_LENGTH = 100;

/** RFC 8628 § 3.5; what a program cannot tell apart is one answer. */
const ERRORS: Readonly<Record<Exclude<Poll['kind'], 'granted'>, readonly [error: string, description: string]>> = {
  pending: ['authorization_pending', 'nobody has decided yet: ask again after the interval'],
  'slow-down': ['slow_down', 'you ask too often: wait five seconds longer each time'],
  denied: ['access_denied', 'the request was denied in the browser'],
  'too-many-tokens': ['access_denied', 'the account has 100 access tokens already: revoke some first'],
  expired: ['expired_token', 'this login is over: begin again'],
  unknown: ['invalid_grant', 'there is no such login, or it was finished already'],
};

/** Logging in with a program that has no browser (RFC 8628): its two end points, and the page for its user. */
export function registerDeviceLoginRoutes(app: FastifyInstance, dependencies: DeviceLoginDependencies): void {
  app.register(
    async (routes) => {
      takeForms(routes);
      registerPrograms(routes, dependencies);
      registerDevicePages(routes, dependencies);
    },
    { prefix: '/device' },
  );
}

function registerPrograms(routes: FastifyInstance, { instanceOf, actorOf, exchangeOf }: DeviceLoginDependencies): void {
  const options = { config: SIGN_IN, bodyLimit: MAX_FORM_BYTES, errorHandler: sendProtocolError };
  routes.post('/authorize', options, async (request, reply) => {
    const form = readForm(request);
    assertClientId(form);
    const begun = await instanceOf(request).identity.deviceLogins.begin(
      form.get('client_name') ?? '',
      actorOf(request),
    );
    const page = `${exchangeOf(request).externalOrigin}/device`;
    return reply.header('cache-control', 'no-store').send({
      device_code: begun.deviceCode,
      user_code: begun.userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=${begun.userCode}`,
      expires_in: begun.expiresInSeconds,
      interval: begun.intervalSeconds,
    });
  });
  routes.post('/token', options, async (request, reply) => {
    const form = readForm(request);
    assertClientId(form);
    if (form.get('grant_type') !== GRANT_TYPE) {
      return refuse(reply, 400, 'unsupported_grant_type', `grant_type must be ${GRANT_TYPE}`);
    }
    const poll = await instanceOf(request).identity.deviceLogins.poll(form.get('device_code') ?? '', actorOf(request));
    if (poll.kind !== 'granted') return refuse(reply, 400, ...ERRORS[poll.kind]);
    return reply.header('cache-control', 'no-store').send({
      access_token: poll.token,
      token_type: 'Bearer',
      expires_in: poll.expiresInSeconds,
      username: poll.username,
    });
  });
}

/** It proves nothing, and says which program asks. @throws ProductError BAD_REQUEST */
function assertClientId(form: URLSearchParams): void {
  const clientId = form.get('client_id') ?? '';
  if (clientId !== '' && clientId.length <= MAX_CLIENT_ID_LENGTH) return;
  throw new ProductError('BAD_REQUEST', 'client_id is missing: the name of the program, for example roadstead-cli');
}

/** RFC 6749 § 5.2 */
function sendProtocolError(error: Error, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ProductError) {
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
    const isBusy = error.status === 429 || error.status >= 500;
    return refuse(reply, error.status, isBusy ? 'temporarily_unavailable' : 'invalid_request', error.message);
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status < 500) return refuse(reply, status, 'invalid_request', 'send a form');
  reply.log.error(error);
  return refuse(reply, 500, 'server_error', 'internal server error');
}

function refuse(reply: FastifyReply, status: number, error: string, description: string): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send({ error, error_description: description });
}
