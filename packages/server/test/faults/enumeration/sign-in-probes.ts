import { nextNetwork } from '../next-network.ts';
import type { RawRequest } from '../raw-request.ts';
import type { HiddenNames } from '../seed-hidden.ts';
import { basicAuthorization } from '../seeded-accounts.ts';
import type { Probe } from './probe.ts';

const PASSWORD = 'Wrong-password-1';
const SCOPE = 'repository:faults-public/seed:pull';
const FORM = [['Content-Type', 'application/x-www-form-urlencoded']] as const;

const form = (target: string, fields: Readonly<Record<string, string>>): RawRequest => ({
  method: 'POST',
  target,
  headers: FORM,
  body: Buffer.from(new URLSearchParams(fields).toString()),
});
const basic = (method: string, target: string, username: string): RawRequest => ({
  method,
  target,
  headers: [['Authorization', basicAuthorization({ username, password: PASSWORD })]],
});

/** Every way to say a name and a password. */
const WAYS: Readonly<Record<string, (username: string) => RawRequest>> = {
  'GET /v2/': (username) => basic('GET', '/v2/', username),
  'GET of the catalog': (username) => basic('GET', '/v2/_catalog', username),
  'GET of a private manifest': (username) => basic('GET', '/v2/faults/seed/manifests/latest', username),
  'HEAD of a public manifest': (username) => basic('HEAD', '/v2/faults-public/seed/manifests/latest', username),
  'GET of the own account': (username) => basic('GET', '/api/v2.0/users/current', username),
  'GET of the projects': (username) => basic('GET', '/api/v2.0/projects', username),
  'GET of the session': (username) => basic('GET', '/api/roadstead/v1/session', username),
  'docker login': (username) => basic('GET', `/service/token?account=${encodeURIComponent(username)}`, username),
  'a token for a scope': (username) => basic('GET', `/service/token?scope=${SCOPE}`, username),
  'a token by a form': (username) =>
    form('/service/token', { grant_type: 'password', username, password: PASSWORD, scope: SCOPE }),
  '/c/login': (username) => form('/c/login', { principal: username, password: PASSWORD }),
  'POST of a session': (username) => ({
    method: 'POST',
    target: '/api/roadstead/v1/session',
    headers: [['Content-Type', 'application/json']],
    body: Buffer.from(JSON.stringify({ username, password: PASSWORD })),
  }),
};

/** Whose names there are and are not. */
const NAMES = ['username', 'disabledUsername', 'email', 'robotName', 'disabledRobotName'] as const;

/** A wrong password for whom there is is a wrong one for whom there is not. */
export function createSignInProbes(): readonly Probe[] {
  return NAMES.flatMap((key) =>
    Object.entries(WAYS).map(
      ([way, request]): Probe => ({
        name: `a wrong password for a ${key}, by ${way}`,
        // From a network of its own: its throttle knows of no other.
        request: (names: HiddenNames) => ({ ...request(names[key]), isAnonymous: true, from: nextNetwork() }),
        askers: ['nobody'],
      }),
    ),
  );
}
