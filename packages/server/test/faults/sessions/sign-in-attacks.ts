import { statusOf } from '../case-runner.ts';
import type { CaseRun, FaultCase, Target } from '../fault-class.ts';
import { type Headers, jsonRequest } from '../management/json-request.ts';
import { Page, SESSION, withPage } from '../management/page.ts';
import type { RawAnswer } from '../raw-answer.ts';
import { percentEncode, type RawRequest, showBytes } from '../raw-request.ts';
import type { NoAnswer } from '../raw-socket.ts';
import type { SeededAccount } from '../seeded-accounts.ts';
import { SIGN_INS } from './fixation.ts';

const FOREIGN: readonly Headers[] = [
  ...['https://evil.example', 'null', '', 'http://127.0.0.1:1', 'http://127.0.0.1.evil.example', 'file://'].map(
    (origin) => [['Origin', origin]] as const,
  ),
  ...['cross-site', 'same-site', 'x'].map((site) => [['Sec-Fetch-Site', site]] as const),
  [
    ['Origin', 'https://evil.example'],
    ['Sec-Fetch-Site', 'same-origin'],
  ],
];

const ELSEWHERE = [
  ...[
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    '/%09/evil.example',
  ],
  ...[
    'javascript:alert(1)',
    'data:text/html,x',
    '/\r\nX-Injected: 1',
    'https://127.0.0.1@evil.example',
    '/.evil.example',
    '///',
  ],
];
const REDIRECT_NAMES = ['redirect_url', 'redirect', 'next', 'url', 'return_to', 'rd', 'callback'];

/** Nobody signs a victim in or out from elsewhere, or is sent elsewhere by signing in. */
export function createSignInCases({ accounts }: Target): readonly FaultCase[] {
  const { outsider } = accounts;
  return [
    ...Object.entries(SIGN_INS).flatMap(([way, signIn]) =>
      FOREIGN.map(
        (headers): FaultCase => ({
          name: `a forged sign-in ${way} with ${JSON.stringify(headers)}`,
          run: async (run) => {
            const request = signIn(outsider);
            await expectNoSession(run, { ...request, headers: [...(request.headers ?? []), ...headers] }, [403]);
          },
        }),
      ),
    ),
    ...FOREIGN.flatMap((headers) =>
      (['GET /c/log_out', `DELETE ${SESSION}`] as const).map(
        (operation): FaultCase => ({
          name: `a forged sign-out by ${operation} with ${JSON.stringify(headers)}`,
          run: (run) =>
            withPage(run, outsider, async (page) => {
              const [method = '', target = ''] = operation.split(' ');
              await page.sendBare({ method, target, headers });
              if (!(await page.isSignedIn())) run.complain('the session has ended');
            }),
        }),
      ),
    ),
    ...createMisshapenSignIns(outsider),
    ...createRedirectCases(outsider),
  ];
}

/** What only a page of another site would send. */
function createMisshapenSignIns({ username, password }: SeededAccount): readonly FaultCase[] {
  const json = JSON.stringify({ username, password });
  const form = new URLSearchParams({ principal: username, password, username }).toString();
  const send = (method: string, target: string, type: string, text: string): RawRequest => ({
    method,
    target,
    headers: [['Content-Type', type]],
    body: Buffer.from(text),
  });
  const requests: Readonly<Record<string, RawRequest>> = {
    'by GET': { method: 'GET', target: `/c/login?${form}` },
    'by GET of the session': { method: 'GET', target: `${SESSION}?${form}` },
    'in the query of a POST': send('POST', `/c/login?${form}`, 'application/x-www-form-urlencoded', ''),
    'in the query of a POST of JSON': send('POST', `${SESSION}?${form}`, 'application/json', '{}'),
    'as a form that is plain text': send('POST', '/c/login', 'text/plain', form),
    'as a form of several parts': send('POST', '/c/login', 'multipart/form-data; boundary=x', form),
    'as a form without a type': { method: 'POST', target: '/c/login', body: Buffer.from(form) },
    'as JSON at the form': send('POST', '/c/login', 'application/json', json),
    'as JSON that is plain text': send('POST', SESSION, 'text/plain', json),
    'as JSON that is a form': send('POST', SESSION, 'application/x-www-form-urlencoded', json),
    'as a form at the session': send('POST', SESSION, 'application/x-www-form-urlencoded', form),
    'by PUT': send('PUT', '/c/login', 'application/x-www-form-urlencoded', form),
    'by PUT of the session': send('PUT', SESSION, 'application/json', json),
    'by a list': send('POST', SESSION, 'application/json', JSON.stringify({ username: [username], password: [{}] })),
    'by an operator': send('POST', SESSION, 'application/json', JSON.stringify({ username, password: { $ne: '' } })),
    'by a prototype': send('POST', SESSION, 'application/json', `{"__proto__":${json}}`),
  };
  return Object.entries(requests).map(([name, request]) => ({
    name: `a sign-in ${name}`,
    run: (run) => expectNoSession(run, request, [400, 401, 404, 405, 415, 422]),
  }));
}

async function expectNoSession(run: CaseRun, request: RawRequest, allowed: readonly number[]): Promise<void> {
  const page = new Page(run);
  const answer = await page.send(request);
  if (!allowed.some((status) => status === statusOf(answer))) {
    run.complain(`${statusOf(answer)} rather than ${allowed.join(' or ')}`);
  }
  if (page.cookie === undefined) return;
  run.complain(`a cookie was set: ${showBytes(page.cookie)}`);
  await page.signOut();
}

function createRedirectCases(account: SeededAccount): readonly FaultCase[] {
  return ELSEWHERE.map(
    (place): FaultCase => ({
      name: `a sign-in and a sign-out that are to lead to ${showBytes(place)}`,
      run: async (run) => {
        const query = REDIRECT_NAMES.map((name) => `${name}=${percentEncode(place)}`).join('&');
        const page = new Page(run, [['Referer', place.replace(/[\r\n].*/s, '')]]);
        const { username, password } = account;
        const form = new URLSearchParams({ principal: username, password, redirect_url: place, next: place });
        expectNoRedirect(
          run,
          await page.send({
            method: 'POST',
            target: `/c/login?${query}`,
            headers: [['Content-Type', 'application/x-www-form-urlencoded']],
            body: Buffer.from(form.toString()),
          }),
        );
        const fields = { username, password, redirect_url: place, next: place };
        expectNoRedirect(run, await page.send(jsonRequest('POST', `${SESSION}?${query}`, fields)));
        expectNoRedirect(run, await page.send({ method: 'GET', target: `/c/log_out?${query}` }));
        expectNoRedirect(run, await page.send({ method: 'GET', target: `/c/login?${query}` }));
      },
    }),
  );
}

function expectNoRedirect(run: CaseRun, answer: RawAnswer | NoAnswer): void {
  if (typeof answer === 'string') {
    run.complain(`no answer: ${answer}`);
    return;
  }
  if (answer.status >= 300 && answer.status < 400) run.complain(`it leads elsewhere: ${answer.status}`);
  for (const name of ['location', 'refresh', 'link', 'content-location']) {
    if (answer.headers.has(name)) run.complain(`${name} is ${showBytes(answer.headers.get(name) ?? '')}`);
  }
}
