import { statusOf } from '../case-runner.ts';
import type { CaseRun, FaultCase, Target } from '../fault-class.ts';
import { type Headers, jsonRequest } from '../management/json-request.ts';
import { CURRENT_USER, Page, SESSION } from '../management/page.ts';
import { Stage } from '../management/stage.ts';
import { encodeRequest, type RawRequest, showBytes } from '../raw-request.ts';
import type { SeededAccount } from '../seeded-accounts.ts';
import { SIGN_INS } from './fixation.ts';

const FLAGS = 'Path=/; HttpOnly; SameSite=Lax';
const FORMS = {
  plain: new RegExp(`^sid=[A-Za-z0-9_-]{43}; ${FLAGS}$`),
  secure: new RegExp(`^__Host-sid=[A-Za-z0-9_-]{43}; ${FLAGS}; Secure$`),
} as const;
const ENDED_FORMS = {
  plain: new RegExp(`^sid=; ${FLAGS}; Max-Age=0$`),
  secure: new RegExp(`^__Host-sid=; ${FLAGS}; Secure; Max-Age=0$`),
} as const;
type Form = keyof typeof FORMS;

/** What the trusted proxy says, and whether that means TLS. */
const FORWARDED: readonly (readonly [Form, Headers])[] = [
  ['plain', []],
  ['plain', [['X-Forwarded-Proto', 'http']]],
  ['plain', [['X-Forwarded-Proto', '']]],
  ['plain', [['X-Forwarded-Proto', 'httpsx']]],
  ['plain', [['X-Forwarded-Proto', 'http, https']]],
  ['plain', [['X-Forwarded-Ssl', 'on']]],
  ['plain', [['X-Url-Scheme', 'https']]],
  ['plain', [['Forwarded', 'proto=https']]],
  ['secure', [['X-Forwarded-Proto', 'https']]],
  ['secure', [['X-Forwarded-Proto', 'HTTPS']]],
];

/** Scripts do not see the cookie, other sites do not send it, and what came by TLS does not go without it. */
export function createCookieFlagCases({ accounts }: Target): readonly FaultCase[] {
  return [
    ...Object.entries(SIGN_INS).flatMap(([way, signIn]) =>
      FORWARDED.map(
        ([form, headers]): FaultCase => ({
          name: `the cookie's flags, signed in ${way}, with ${JSON.stringify(headers)}`,
          run: async (run) => {
            const page = new Page(run, headers);
            await expectCookie(run, page, signIn(accounts.outsider), FORMS[form]);
            if (!(await page.isSignedIn())) run.complain('the page is not signed in');
            await expectOtherScheme(run, page, form);
            await expectCookie(run, page, { method: 'DELETE', target: SESSION }, ENDED_FORMS[form]);
          },
        }),
      ),
    ),
    ...(['plain', 'secure'] as const).map(
      (form): FaultCase => ({
        name: `the cookie's flags after a change of the password, ${form}`,
        run: async (run) => {
          await using stage = new Stage(run);
          const account = await stage.account();
          const page = new Page(run, form === 'secure' ? [['X-Forwarded-Proto', 'https']] : []);
          await page.signIn(account);
          const passwords = { old_password: account.password, new_password: 'Another-27182' };
          const change = jsonRequest('PUT', `/api/v2.0/users/${account.id}/password`, passwords);
          await expectCookie(run, page, change, FORMS[form]);
        },
      }),
    ),
    ...(['plain', 'secure'] as const).map(
      (form): FaultCase => ({
        name: `the cookie's flags at /c/log_out, ${form}`,
        run: async (run) => {
          const page = new Page(run, form === 'secure' ? [['X-Forwarded-Proto', 'https']] : []);
          await page.signIn(accounts.outsider);
          await expectCookie(run, page, { method: 'GET', target: '/c/log_out' }, ENDED_FORMS[form]);
        },
      }),
    ),
    {
      name: "the cookie's flags where somebody who is no trusted proxy speaks of TLS",
      run: (run) => signInDirectly(run, accounts.outsider),
    },
  ];
}

async function expectCookie(run: CaseRun, page: Page, request: RawRequest, form: RegExp): Promise<void> {
  const answer = await page.send(request);
  const set = typeof answer === 'string' ? answer : answer.headers.get('set-cookie');
  if (!form.test(set ?? '')) run.complain(`Set-Cookie is ${showBytes(set ?? 'absent')} rather than ${form.source}`);
}

/** What was signed in with TLS is not signed in without it, under either name, nor the other way round. */
async function expectOtherScheme(run: CaseRun, { secret }: Page, form: Form): Promise<void> {
  const other = new Page(run, form === 'secure' ? [] : [['X-Forwarded-Proto', 'https']]);
  other.cookie = form === 'secure' ? `__Host-sid=${secret}` : `sid=${secret}`;
  if (await other.isSignedIn()) run.complain('the cookie counts with the other scheme');
}

/** From an address that is not the proxy's. */
async function signInDirectly(run: CaseRun, account: SeededAccount): Promise<void> {
  const socket = await run.open();
  const ask = async (request: RawRequest) => {
    const headers: Headers = [['X-Forwarded-Proto', 'https'], ...(request.headers ?? [])];
    socket.write(encodeRequest({ ...request, headers, isAnonymous: true }, run.target.host, ''));
    const answer = await socket.read(request.method);
    run.check(answer, request);
    return answer;
  };
  const signedIn = await ask(jsonRequest('POST', SESSION, account));
  const set = typeof signedIn === 'string' ? '' : (signedIn.headers.get('set-cookie') ?? '');
  if (!FORMS.plain.test(set)) run.complain(`Set-Cookie is ${showBytes(set)}`);
  const cookie: Headers = [['Cookie', set.split(';')[0] ?? '']];
  const used = await ask({ method: 'GET', target: CURRENT_USER, headers: cookie });
  if (statusOf(used) !== 200) run.complain(`the session is not signed in: ${statusOf(used)}`);
  await ask({ method: 'GET', target: '/c/log_out', headers: cookie });
}
