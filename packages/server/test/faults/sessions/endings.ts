import { expectStatus } from '../case-runner.ts';
import type { CaseRun, FaultCase } from '../fault-class.ts';
import { jsonRequest, readDocument } from '../management/json-request.ts';
import { CSRF_HEADER, CURRENT_USER, Page, SESSION, SESSIONS } from '../management/page.ts';
import { Stage, type Throwaway } from '../management/stage.ts';
import { RawClient } from '../raw-client.ts';
import { encodeRequest } from '../raw-request.ts';
import { TRUSTED_PROXY } from '../trusted-proxy.ts';

interface Scene {
  readonly run: CaseRun;
  readonly stage: Stage;
  readonly account: Throwaway;
  /** Of the session that is to end. */
  readonly page: Page;
  /** Another one of the same account. */
  readonly other: Page;
}

const OWN = '/api/roadstead/v1/users';
const ANOTHER = 'Another-27182';

/** What ends the page's session. */
const ENDINGS: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  'signing out': ({ page }) => page.send({ method: 'DELETE', target: SESSION }),
  "signing out by Harbor's page": ({ page }) => page.send({ method: 'GET', target: '/c/log_out' }),
  'its revocation by its user': async ({ page, other }) => {
    await other.send({ method: 'DELETE', target: `${SESSIONS}/${await idOf(page)}` });
  },
  'the revocation of all others': ({ other }) => other.send({ method: 'DELETE', target: SESSIONS }),
  'its revocation by its user with a password': async ({ run, page, account }) => {
    const { username, password } = account;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const target = `${SESSIONS}/${await idOf(page)}`;
    await expectStatus(run, { method: 'DELETE', target, headers: [['Authorization', basic]] }, [204]);
  },
  'its revocation by an administrator': async ({ stage, page, account }) => {
    await stage.do('DELETE', `${OWN}/${account.id}/sessions/${await idOf(page)}`);
  },
  'the revocation of all by an administrator': ({ stage, account }) =>
    stage.do('DELETE', `${OWN}/${account.id}/sessions`),
  'a change of the password elsewhere': ({ other, account }) => {
    const passwords = { old_password: account.password, new_password: ANOTHER };
    return other.send(jsonRequest('PUT', `/api/v2.0/users/${account.id}/password`, passwords));
  },
  'a new password from an administrator': ({ stage, account }) =>
    stage.do('PUT', `${OWN}/${account.id}/password`, { password: ANOTHER }),
  "a new password from an administrator by Harbor's API": ({ stage, account }) =>
    stage.do('PUT', `/api/v2.0/users/${account.id}/password`, { new_password: ANOTHER }),
  'the disabling of the account': ({ stage, account }) => stage.do('POST', `${OWN}/${account.id}/disable`),
  'the disabling of the account, and its enabling': async ({ stage, account }) => {
    await stage.do('POST', `${OWN}/${account.id}/disable`);
    await stage.do('POST', `${OWN}/${account.id}/enable`);
  },
  'the deletion of the account': ({ stage, account }) => stage.do('DELETE', `${OWN}/${account.id}`),
  'the deletion of the account, and another one of its name': async ({ stage, account }) => {
    const { username, password } = account;
    await stage.do('DELETE', `/api/v2.0/users/${account.id}`);
    const body = { username, password, mustChangePassword: false };
    const { id } = readDocument<{ id: number }>(await stage.do('POST', OWN, body));
    stage.remove(`${OWN}/${id}`);
  },
  'becoming an administrator': ({ stage, account }) =>
    stage.do('PUT', `/api/v2.0/users/${account.id}/sysadmin`, { sysadmin_flag: true }),
  'another sign-in of the browser': ({ page, account }) =>
    page.send(jsonRequest('POST', SESSION, { username: account.username, password: account.password })),
};

/** What has ended has ended at once, on every connection, whatever is asked with its cookie. */
export function createEndingCases(): readonly FaultCase[] {
  return Object.entries(ENDINGS).map(([name, end]) => ({
    name: `a session after ${name}`,
    run: async (run) => {
      await using stage = new Stage(run);
      const account = await stage.account();
      const [page, other] = [new Page(run), new Page(run)];
      await page.signIn(account);
      await other.signIn(account);
      const { cookie = '', csrfToken } = page;
      await end({ run, stage, account, page, other });
      await expectEnded(run, account.id, cookie, csrfToken);
    },
  }));
}

async function expectEnded(run: CaseRun, userId: number, cookie: string, csrfToken: string): Promise<void> {
  const headers = [['Cookie', cookie] as const, [CSRF_HEADER, csrfToken] as const];
  const requests = [
    { method: 'GET', target: CURRENT_USER },
    { method: 'GET', target: SESSION },
    { method: 'GET', target: SESSIONS },
    jsonRequest('PUT', `/api/v2.0/users/${userId}`, { comment: 'replayed' }, headers),
    jsonRequest('POST', '/api/roadstead/v1/access-tokens', { name: 'replayed' }, headers),
    { method: 'DELETE', target: SESSIONS },
  ];
  for (const request of requests) {
    const shown = {
      ...request,
      isAnonymous: true,
      headers: 'headers' in request ? (request.headers ?? headers) : headers,
    };
    await expectStatus(run, shown, [401]);
    const client = new RawClient(run.target.port, TRUSTED_PROXY);
    const again = await client.send(encodeRequest(shown, run.target.host, ''), shown.method);
    client.close();
    run.check(again, shown);
    if (typeof again === 'string' || again.status !== 401) run.complain(`another connection: ${request.method} works`);
  }
}

async function idOf(page: Page): Promise<string> {
  return readDocument<{ id: string }>(await page.send({ method: 'GET', target: SESSION })).id;
}
