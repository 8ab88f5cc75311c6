import assert from 'node:assert/strict';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  json(): unknown;
}

export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Send the body without a Content-Length. */
  readonly chunked?: boolean;
}

/** Like every client, it says which manifests it understands. */
const ACCEPT = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  '*/*',
].join(', ');

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A client that does what every registry client does: asks, is challenged, fetches a token for the scope, asks again. */
export class RegistryClient {
  readonly #origin: string;
  readonly #credentials: Credentials | undefined;
  readonly #tokens = new Map<string, string>();

  constructor(origin: string, credentials?: Credentials) {
    this.#origin = origin;
    this.#credentials = credentials;
  }

  /** `target` is a path or what a Location header said. */
  async ask(method: string, target: string, question: Question = {}): Promise<Answer> {
    const url = new URL(target, this.#origin);
    const key = `${method} ${url.pathname.replace(/\/(blobs|manifests|tags|referrers)\/.*$/, '')}`;
    const known = this.#tokens.get(key);
    const first = await this.#send(method, url, question, known);
    const challenge = first.headers.get('www-authenticate');
    if (first.status !== 401 || challenge === null) return first;
    const token = await this.#fetchToken(challenge);
    this.#tokens.set(key, token);
    return this.#send(method, url, question, token);
  }

  /** The first answer, without credentials. */
  askAnonymously(method: string, target: string, question: Question = {}): Promise<Answer> {
    return this.#send(method, new URL(target, this.#origin), question, undefined);
  }

  async #send(method: string, url: URL, question: Question, token: string | undefined): Promise<Answer> {
    const headers = new Headers({ Accept: ACCEPT, ...question.headers });
    if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
    const { body } = question;
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: question.chunked ? new Blob([body]).stream() : body, duplex: 'half' }),
    });
    const received = Buffer.from(await response.arrayBuffer());
    return {
      status: response.status,
      headers: response.headers,
      body: received,
      json: () => JSON.parse(received.toString('utf8')) as unknown,
    };
  }

  async #fetchToken(challenge: string): Promise<string> {
    assert.match(challenge, /^Bearer /);
    const parameters = new Map(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    );
    const url = new URL(parameters.get('realm') ?? '');
    for (const name of ['service', 'scope']) {
      const value = parameters.get(name);
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const headers = new Headers();
    if (this.#credentials !== undefined) {
      const { username, password } = this.#credentials;
      headers.set('Authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
    }
    const response = await fetch(url, { headers });
    const answer = (await response.json()) as { token?: string; access_token?: string };
    assert.equal(response.status, 200, `token: ${JSON.stringify(answer)}`);
    const token = answer.access_token ?? answer.token;
    assert.ok(token, 'the token service gave no token');
    return token;
  }
}
