import type { CaseRun, FaultCase, Target } from '../fault-class.ts';
import { type Headers, jsonRequest } from '../management/json-request.ts';
import { COOKIE_NAME, CSRF_HEADER, CURRENT_USER, Page, SESSION, withPage } from '../management/page.ts';
import { Stage } from '../management/stage.ts';
import type { RawAnswer } from '../raw-answer.ts';
import { type RawRequest, showBytes } from '../raw-request.ts';
import type { SeededAccount } from '../seeded-accounts.ts';

const CHOSEN = [
  ...['A'.repeat(43), `${'A'.repeat(42)}B`, '', 'x', '1', 'admin', 'a'.repeat(4_000), '; Path=/; Domain=evil.example'],
  ...['chosen; HttpOnly', `chosen; ${COOKIE_NAME}=again`, '"chosen"', '%0d%0aSet-Cookie:%20sid=chosen'],
];

type SignIn = (account: SeededAccount) => RawRequest;

export const SIGN_INS: Readonly<Record<string, SignIn>> = {
  'by the form': ({ username, password }) => ({
    method: 'POST',
    target: '/c/login',
    headers: [['Content-Type', 'application/x-www-form-urlencoded']],
    body: Buffer.from(new URLSearchParams({ principal: username, password }).toString()),
  }),
  'by JSON': ({ username, password }) => jsonRequest('POST', SESSION, { username, password }),
};

/** Whoever sets somebody's cookie before the sign-in does not know the session after it. */
export function createFixationCases({ accounts }: Target): readonly FaultCase[] {
  return [
    ...Object.entries(SIGN_INS).flatMap(([way, signIn]) =>
      CHOSEN.map(
        (chosen): FaultCase => ({
          name: `a sign-in ${way} with the chosen cookie ${showBytes(chosen)}`,
          run: (run) => signInOver(run, signIn(accounts.outsider), `${COOKIE_NAME}=${chosen}`),
        }),
      ),
    ),
    ...Object.entries(SIGN_INS).map(
      ([way, signIn]): FaultCase => ({
        name: `a sign-in ${way} over the session of somebody else`,
        run: (run) =>
          withPage(run, accounts.owner, async ({ cookie = '' }) => {
            await signInOver(run, signIn(accounts.outsider), cookie);
          }),
      }),
    ),
    ...Object.entries(SIGN_INS).map(
      ([way, signIn]): FaultCase => ({
        name: `a second sign-in ${way}`,
        run: (run) =>
          withPage(run, accounts.outsider, async (page) => {
            const before = page.cookie;
            await page.send(signIn(accounts.outsider));
            await expectAnother(run, page, before);
          }),
      }),
    ),
    ...createPrivilegeCases(),
  ];
}

/** Signs in while a cookie is shown that an attacker knows. */
async function signInOver(run: CaseRun, request: RawRequest, known: string): Promise<void> {
  const page = new Page(run);
  const headers: Headers = [['Cookie', known], [CSRF_HEADER, 'chosen'], ...(request.headers ?? [])];
  await page.send({ ...request, headers });
  try {
    if (page.csrfToken === 'chosen') run.complain('the chosen token against forged requests was adopted');
    await expectAnother(run, page, known);
  } finally {
    await page.signOut();
  }
}

/** The page is signed in, and whoever shows the cookie that it had before is not. */
async function expectAnother(run: CaseRun, page: Page, before: string | undefined): Promise<void> {
  if (!(await page.isSignedIn())) run.complain('the page is not signed in');
  if (page.cookie === before) run.complain(`the cookie is the same as before: ${showBytes(before ?? '')}`);
  if (!/^sid=[A-Za-z0-9_-]{43}$/.test(page.cookie ?? '')) run.complain(`the cookie is ${showBytes(page.cookie ?? '')}`);
  const attacker = new Page(run);
  attacker.cookie = before;
  if (await attacker.isSignedIn()) run.complain('the former cookie is signed in');
}

/** Where rights change, so does the session. */
function createPrivilegeCases(): readonly FaultCase[] {
  const set = (stage: Stage, id: number, flag: boolean): Promise<RawAnswer> =>
    stage.do('PUT', `/api/v2.0/users/${id}/sysadmin`, { sysadmin_flag: flag });
  return [
    ...[true, false].map(
      (becomes): FaultCase => ({
        name: `a session of who ${becomes ? 'becomes an administrator' : 'is no administrator any more'}`,
        run: async (run) => {
          await using stage = new Stage(run);
          const account = await stage.account({ isAdministrator: !becomes });
          const page = new Page(run);
          await page.signIn(account);
          await set(stage, account.id, becomes);
          if (await page.isSignedIn()) run.complain('the session goes on with other rights');
        },
      }),
    ),
    {
      name: 'a session in which the password is changed',
      run: async (run) => {
        await using stage = new Stage(run);
        const account = await stage.account();
        const page = new Page(run);
        await page.signIn(account);
        const { cookie, csrfToken } = page;
        const passwords = { old_password: account.password, new_password: 'Another-27182' };
        await page.send(jsonRequest('PUT', `/api/v2.0/users/${account.id}/password`, passwords));
        await expectAnother(run, page, cookie);
        if (page.csrfToken === csrfToken) run.complain('the token against forged requests is the same as before');
        const answer = await page.sendBare({ method: 'DELETE', target: SESSION, headers: [[CSRF_HEADER, csrfToken]] });
        if (typeof answer === 'string' || answer.status !== 403) run.complain('the former token still counts');
        await page.send({ method: 'GET', target: CURRENT_USER });
      },
    },
  ];
}
