import {
  MATRIX_ROUTES,
  type MatrixRoute,
  missingNames,
  type Names,
} from '../../integration/access-matrix/matrix-routes.ts';
import type { CaseRun, FaultCase, Target } from '../fault-class.ts';
import { type Headers, jsonRequest } from '../management/json-request.ts';
import { CSRF_HEADER, CURRENT_USER, Page, SESSION, SESSIONS } from '../management/page.ts';
import { freshName, Stage } from '../management/stage.ts';
import { type RawRequest, showBytes } from '../raw-request.ts';

interface Scene {
  /** The victim's, an administrator's: whatever gets through is done. */
  readonly page: Page;
  /** Tokens of other sessions. */
  readonly otherToken: string;
  readonly endedToken: string;
  readonly olderToken: string;
}

/** What a page of an attacker makes of a request that would be right with the token. */
type Forgery = (request: RawRequest, scene: Scene) => RawRequest;

const withHeaders = (...headers: Headers): Forgery => {
  return (request) => ({ ...request, headers: [...(request.headers ?? []), ...headers] });
};
const withToken = (token: (scene: Scene) => string): Forgery => {
  return (request, scene) => withHeaders([CSRF_HEADER, token(scene)])(request, scene);
};
const withRightToken = (...headers: Headers): Forgery => {
  return (request, scene) => withHeaders([CSRF_HEADER, scene.page.csrfToken], ...headers)(request, scene);
};
const withType =
  (type: string): Forgery =>
  (request) => {
    const headers = request.headers?.filter(([name]) => name !== 'Content-Type') ?? [];
    return { ...request, headers: [...headers, ['Content-Type', type]], body: request.body ?? Buffer.from('{}') };
  };

const TOKENS: Readonly<Record<string, Forgery>> = {
  'no token': (request) => request,
  'an empty token': withToken(() => ''),
  'a token that was made up': withToken(() => 'A'.repeat(43)),
  'a cut token': withToken(({ page }) => page.csrfToken.slice(0, -1)),
  'a longer token': withToken(({ page }) => `${page.csrfToken}A`),
  'a token in lower case': withToken(({ page }) => page.csrfToken.toLowerCase()),
  'a token in quotes': withToken(({ page }) => `"${page.csrfToken}"`),
  'the token twice': withToken(({ page }) => `${page.csrfToken}, ${page.csrfToken}`),
  'the token in two headers': (request, { page: { csrfToken } }) =>
    withHeaders([CSRF_HEADER, 'x'], [CSRF_HEADER, csrfToken])(request, {} as Scene),
  "another session's token": withToken(({ otherToken }) => otherToken),
  "an ended session's token": withToken(({ endedToken }) => endedToken),
  'the token of before': withToken(({ olderToken }) => olderToken),
  'the cookie as the token': withToken(({ page }) => page.secret),
  'an undefined token': withToken(() => 'undefined'),
};

const PLACES: Readonly<Record<string, Forgery>> = {
  ...Object.fromEntries(
    ['X-CSRF-Token', 'X-XSRF-TOKEN', 'X-Csrftoken', 'X-Requested-With', 'X-Harbor-CSRF', 'X_Harbor_CSRF_Token'].map(
      (name) => [`the token as ${name}`, (request, scene) => withHeaders([name, scene.page.csrfToken])(request, scene)],
    ) satisfies [string, Forgery][],
  ),
  'the token in the query': (request, { page }) => ({
    ...request,
    target: `${request.target}${request.target.includes('?') ? '&' : '?'}${CSRF_HEADER}=${page.csrfToken}&_csrf=${page.csrfToken}`,
  }),
  'the token in the body': (request, { page: { csrfToken } }) => {
    const document = request.body === undefined ? {} : JSON.parse(Buffer.from(request.body).toString());
    const body = Buffer.from(JSON.stringify({ ...document, [CSRF_HEADER]: csrfToken, _csrf: csrfToken }));
    return { ...request, body };
  },
  'the token in a form': (request, { page }) => ({
    ...withType('application/x-www-form-urlencoded')(request, {} as Scene),
    body: Buffer.from(`${CSRF_HEADER}=${page.csrfToken}&_csrf=${page.csrfToken}`),
  }),
  'the token in a cookie': (request, { page }) =>
    withHeaders(['Cookie', `${CSRF_HEADER}=${page.csrfToken}; _gorilla_csrf=${page.csrfToken}`])(request, {} as Scene),
  'the token as a bearer': (request, { page }) =>
    withHeaders(['Authorization', `Bearer ${page.csrfToken}`])(request, {} as Scene),
};

const DISGUISES: Readonly<Record<string, Forgery>> = {
  ...Object.fromEntries(
    [
      ...['text/plain', 'text/plain; charset=application/json', 'application/x-www-form-urlencoded'],
      ...[
        'multipart/form-data; boundary=x',
        'application/json',
        'application/json; charset=utf-7',
        'application/csp-report',
      ],
    ].map((type): [string, Forgery] => [`the type ${type}`, withType(type)]),
  ),
  ...Object.fromEntries(
    ['Basic', 'Basic !!!', 'Bearer', 'Bearer x', 'Negotiate YII=', 'x'].map((value): [string, Forgery] => [
      `the credentials ${showBytes(value)}`,
      withHeaders(['Authorization', value]),
    ]),
  ),
  'the method in a header': withHeaders(
    ['X-HTTP-Method-Override', 'GET'],
    ['X-HTTP-Method', 'GET'],
    ['X-Method-Override', 'GET'],
  ),
  'the method in the query': (request) => ({
    ...request,
    target: `${request.target}${request.target.includes('?') ? '&' : '?'}_method=GET&method=GET`,
  }),
};

const ORIGINS = [
  ...['https://evil.example', 'http://evil.example', 'null', '', 'http://127.0.0.1', 'http://127.0.0.1:1', 'file://'],
  ...[
    'http://127.0.0.1.evil.example',
    'http://HOST.evil.example',
    'http://HOST@evil.example',
    'http://evil.example/HOST',
  ],
  ...['http://evil.example#HOST', 'http://evil.example?HOST', 'ws://HOST', 'http://HOST, https://evil.example', 'HOST'],
];
const SITES = ['cross-site', 'same-site', 'x', 'Same-Origin', 'none, cross-site'];

/** With the right token: as far as the browser says where a request comes from, that counts as well. */
function createOrigins(host: string): Readonly<Record<string, Forgery>> {
  return Object.fromEntries([
    ...ORIGINS.map((origin): [string, Forgery] => [
      `the origin ${showBytes(origin)}`,
      withRightToken(['Origin', origin.replace('HOST', host)]),
    ]),
    ...SITES.map((site): [string, Forgery] => [`the site ${site}`, withRightToken(['Sec-Fetch-Site', site])]),
  ]);
}

const AREAS: Readonly<Record<string, RegExp>> = {
  'on the own account': /\/(?:users|sessions?|access-tokens)(?:\/|$)/,
  'on projects and robots': /\/(?:projects|robots)(?:\/|$)/,
  'on everything else':
    /\/(?:configurations|usergroups|groups|roles|access-settings|network-rules|audit|scrub|jobs|executions|garbage-collection)/,
};

/** More than the matrix has: it asks for nothing that would end what it asks with. */
const SESSION_ROUTES: readonly RawRequest[] = [
  { method: 'DELETE', target: SESSION },
  { method: 'DELETE', target: SESSIONS },
  { method: 'POST', target: CURRENT_USER },
  { method: 'PATCH', target: CURRENT_USER },
];

/** Every operation that changes something, in a session, as a page of somebody else would make a browser ask for it. */
export function createForgedPageCases({ host }: Target): readonly FaultCase[] {
  const forgeries = { ...TOKENS, ...PLACES, ...DISGUISES, ...createOrigins(host) };
  return Object.entries(forgeries).flatMap(([name, forge]) =>
    Object.entries(AREAS).map(
      ([area, form]) =>
        ({
          name: `a forged request ${area}: ${name}`,
          run: async (run) => {
            await using stage = new Stage(run);
            const scene = await createScene(run, stage);
            const { id, username } = scene.victim;
            const names = { ...missingNames(freshName()), userId: id, username };
            for (const request of listRequests(form, names)) {
              await expectForged(run, forge(request, scene), scene.page);
            }
            if (!(await scene.page.isSignedIn())) run.complain('the session has ended');
          },
        }) satisfies FaultCase,
    ),
  );
}

function listRequests(area: RegExp, names: Names): readonly RawRequest[] {
  const routes = MATRIX_ROUTES.filter(({ method, route }) => route.startsWith('/api/') && !isReading(method));
  return [...routes.map((route) => toRequest(route, names)), ...SESSION_ROUTES].filter(({ target }) =>
    area.test(target),
  );
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function toRequest({ method, path, body }: MatrixRoute, names: Names): RawRequest {
  return jsonRequest(method, path(names), body?.(names));
}

async function createScene(run: CaseRun, stage: Stage) {
  const victim = await stage.account({ isAdministrator: true });
  const [page, other, ended] = [new Page(run), new Page(run), new Page(run)];
  for (const each of [other, ended, page]) await each.signIn(victim);
  const [olderToken, endedToken, otherToken] = [page.csrfToken, ended.csrfToken, other.csrfToken];
  await ended.signOut();
  // A second sign-in of the same browser.
  await page.signIn(victim);
  return { victim, page, otherToken, endedToken, olderToken };
}

async function expectForged(run: CaseRun, request: RawRequest, page: Page): Promise<void> {
  const answer = await page.sendBare(request);
  const text = typeof answer === 'string' ? answer : `${answer.status} ${answer.body.toString('utf8')}`;
  if (/^403 .*(?:X-Harbor-CSRF-Token|another site)/.test(text)) return;
  run.complain(`${request.method} ${showBytes(request.target)} was not refused as forged: ${showBytes(text)}`);
}
