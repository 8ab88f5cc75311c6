import type { OutgoingHttpHeaders } from 'node:http';
import { type Answer, send } from './http-client.ts';
import type { Credentials } from './registry-client.ts';

/** A client that keeps cookies and Harbor's token against forged requests, as a page in a browser does. */
export class Browser {
  readonly url: string;
  readonly #headers: OutgoingHttpHeaders;
  /** As `Set-Cookie` had it, name and value; undefined: none. */
  cookie: string | undefined;
  csrfToken = '';

  constructor(url: string, headers: OutgoingHttpHeaders = {}) {
    this.url = url;
    this.#headers = headers;
  }

  /** Signs in by Harbor's form. */
  async signIn({ username, password }: Credentials, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.send('POST', '/c/login', new URLSearchParams({ principal: username, password }).toString(), {
      'Content-Type': 'application/x-www-form-urlencoded',
      ...headers,
    });
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  sendJson(method: string, path: string, body?: unknown, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    return this.send(method, path, body === undefined ? undefined : JSON.stringify(body), { ...type, ...headers });
  }

  async send(method: string, path: string, body?: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    const answer = await send(`${this.url}${path}`, {
      method,
      body,
      headers: {
        ...this.#headers,
        ...(this.cookie !== undefined && { Cookie: this.cookie }),
        ...(this.csrfToken !== '' && method !== 'GET' && { 'X-Harbor-CSRF-Token': this.csrfToken }),
        ...headers,
      },
    });
    const [set] = answer.headers['set-cookie'] ?? [];
    if (set !== undefined) this.cookie = set.includes('Max-Age=0') ? undefined : set.split(';')[0];
    const token = answer.headers['x-harbor-csrf-token'];
    if (typeof token === 'string') this.csrfToken = token;
    return answer;
  }
}
