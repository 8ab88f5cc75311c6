import type { CaseRun } from '../fault-class.ts';
import type { RawAnswer } from '../raw-answer.ts';
import type { RawRequest } from '../raw-request.ts';
import type { NoAnswer } from '../raw-socket.ts';
import type { SeededAccount } from '../seeded-accounts.ts';
import { type Headers, jsonRequest } from './json-request.ts';

export const CURRENT_USER = '/api/v2.0/users/current';
export const SESSION = '/api/roadstead/v1/session';
export const SESSIONS = '/api/roadstead/v1/sessions';
export const CSRF_HEADER = 'X-Harbor-CSRF-Token';
/** The cookie's name on plain http. */
export const COOKIE_NAME = 'sid';

/** What a browser keeps of the registry: a cookie, and what answers said against forged requests. */
export class Page {
  readonly #run: CaseRun;
  /** With each request of it. */
  readonly #headers: Headers;
  /** Name and value, as `Set-Cookie` had it. */
  cookie: string | undefined;
  csrfToken = '';

  constructor(run: CaseRun, headers: Headers = []) {
    this.#run = run;
    this.#headers = headers;
  }

  /** The value of the cookie. */
  get secret(): string {
    return this.cookie?.slice(this.cookie.indexOf('=') + 1) ?? '';
  }

  /** @throws Error when the account is not signed in then */
  async signIn({ username, password }: SeededAccount): Promise<RawAnswer> {
    const answer = await this.send(jsonRequest('POST', SESSION, { username, password }));
    if (typeof answer !== 'string' && answer.status === 200 && this.cookie !== undefined) return answer;
    throw new Error(`${username} cannot sign in: ${typeof answer === 'string' ? answer : answer.status}`);
  }

  /** As a script of the page sends it: with the cookie, and with the token where something changes. */
  async send(request: RawRequest): Promise<RawAnswer | NoAnswer> {
    const token: Headers = this.csrfToken === '' || request.method === 'GET' ? [] : [[CSRF_HEADER, this.csrfToken]];
    return this.sendBare({ ...request, headers: [...token, ...(request.headers ?? [])] });
  }

  /** As a page of another site makes the browser send it: with the cookie alone. */
  async sendBare(request: RawRequest): Promise<RawAnswer | NoAnswer> {
    const cookie: Headers = this.cookie === undefined ? [] : [['Cookie', this.cookie]];
    const headers = [...this.#headers, ...cookie, ...(request.headers ?? [])];
    const answer = await this.#run.ask({ ...request, isAnonymous: true, headers });
    if (typeof answer !== 'string') this.#keep(answer);
    return answer;
  }

  async isSignedIn(): Promise<boolean> {
    const answer = await this.send({ method: 'GET', target: CURRENT_USER });
    return typeof answer !== 'string' && answer.status === 200;
  }

  async signOut(): Promise<void> {
    if (this.cookie !== undefined) await this.send({ method: 'DELETE', target: SESSION });
  }

  #keep({ headers }: RawAnswer): void {
    const set = headers.get('set-cookie');
    if (set !== undefined) this.cookie = set.includes('Max-Age=0') ? undefined : set.split(';')[0];
    this.csrfToken = headers.get(CSRF_HEADER.toLowerCase()) ?? this.csrfToken;
  }
}

/** A page of the account, signed out in the end. */
export async function withPage(
  run: CaseRun,
  account: SeededAccount,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const page = new Page(run);
  await page.signIn(account);
  try {
    await use(page);
  } finally {
    await page.signOut();
  }
}
