import type { OutgoingHttpHeaders } from 'node:http';
import { type Answer, send } from './http-client.ts';

/** A place that a browser has come to. */
export interface Place {
  readonly url: URL;
  readonly answer: Answer;
}

const MAX_STEPS = 20;

/** A browser that goes where it is sent, with cookies for each host: from the registry to a login provider and back. */
export class SignInBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** One request, which is not followed. */
  async ask(url: string | URL, options: { method?: string; body?: string; headers?: OutgoingHttpHeaders } = {}) {
    const at = new URL(url);
    const jar = this.#cookies.get(at.origin) ?? new Map<string, string>();
    this.#cookies.set(at.origin, jar);
    const cookie = this.cookiesFor(at.origin);
    const headers = { ...options.headers, ...(cookie !== '' && { Cookie: cookie }) };
    const answer = await send(at.href, { ...options, headers });
    for (const set of answer.headers['set-cookie'] ?? []) keep(jar, set);
    return answer;
  }

  /** Follows redirects until there are none, or until one leads where `stopsAt` says: that request is not made. */
  async visit(url: string | URL, stopsAt: (url: URL) => boolean = () => false): Promise<Place> {
    return this.#follow(new URL(url), await this.ask(url), stopsAt);
  }

  /** Fills in the sign-in form of the provider at which the browser is. */
  async signInAt({ url, answer }: Place, login: string, stopsAt?: (url: URL) => boolean): Promise<Place> {
    const action = /<form[^>]* action="([^"]+)"/.exec(answer.text)?.[1];
    if (action === undefined) throw new Error(`there is no form at ${url}: ${answer.status} ${answer.text}`);
    const target = new URL(action, url);
    const body = new URLSearchParams({ prompt: 'login', login, password: 'whatever' }).toString();
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const next = await this.ask(target, { method: 'POST', body, headers });
    return this.#follow(target, next, stopsAt ?? (() => false));
  }

  /** Says yes at the provider to what the registry asks for. */
  async consentAt({ url, answer }: Place, stopsAt?: (url: URL) => boolean): Promise<Place> {
    const action = /<form[^>]* action="([^"]+)"/.exec(answer.text)?.[1];
    if (action === undefined) throw new Error(`there is no form at ${url}: ${answer.status} ${answer.text}`);
    const target = new URL(action, url);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const next = await this.ask(target, { method: 'POST', body: 'prompt=consent', headers });
    return this.#follow(target, next, stopsAt ?? (() => false));
  }

  /** As the header `Cookie` has them. */
  cookiesFor(url: string): string {
    const jar = this.#cookies.get(new URL(url).origin) ?? new Map<string, string>();
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  cookieOf(url: string, name: string): string | undefined {
    return this.#cookies.get(new URL(url).origin)?.get(name);
  }

  setCookie(url: string, name: string, value: string | undefined): void {
    const { origin } = new URL(url);
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, jar);
    if (value === undefined) jar.delete(name);
    else jar.set(name, value);
  }

  async #follow(url: URL, answer: Answer, stopsAt: (url: URL) => boolean): Promise<Place> {
    let place = { url, answer };
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const { location } = place.answer.headers;
      if (location === undefined || place.answer.status < 300 || place.answer.status > 399) return place;
      const next = new URL(location, place.url);
      if (stopsAt(next)) return { url: next, answer: place.answer };
      place = { url: next, answer: await this.ask(next) };
    }
    throw new Error(`redirected more than ${MAX_STEPS} times`);
  }
}

function keep(jar: Map<string, string>, set: string): void {
  const [pair = '', ...attributes] = set.split(';');
  const [name = '', ...rest] = pair.split('=');
  const isOver = attributes.some((attribute) => /^ *(max-age=0|expires=thu, 01 jan 1970)/i.test(attribute));
  if (isOver) jar.delete(name.trim());
  else jar.set(name.trim(), rest.join('='));
}
