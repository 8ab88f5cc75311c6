import { request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface ProviderAnswer {
  readonly status: number;
  readonly text: string;
  readonly location: string;
}

/** Sends requests in the form that the provider sends them: each has a JSON body, which is `null` where there is nothing to say. */
export class ProviderClient {
  readonly #api: string;
  readonly #credentials: string;

  /** @param credentials `user:password` */
  constructor(api: string, credentials: string) {
    this.#api = api;
    this.#credentials = credentials;
  }

  /** @throws Error when the status is another than the provider goes on with */
  async send(method: string, path: string, body: unknown, ...expected: readonly number[]): Promise<ProviderAnswer> {
    const answer = await this.#ask(method, path, body);
    if (!expected.includes(answer.status)) {
      throw new Error(`${method} ${path} answered ${answer.status}, not ${expected.join(' or ')}: ${answer.text}`);
    }
    return answer;
  }

  /** What is at an address; undefined where the provider takes it for gone. */
  async read<Body>(path: string): Promise<Body | undefined> {
    const { status, text: body } = await this.send('GET', path, null, 200, 404);
    if (status === 404 && body.includes('no such operation')) throw new Error(`GET ${path}: no such operation`);
    return status === 404 ? undefined : (JSON.parse(body) as Body);
  }

  /** Makes something; returns the id that the provider keeps, which is the path below the API. */
  async create(path: string, body: unknown): Promise<string> {
    const { location } = await this.send('POST', path, body, 201);
    return location.replaceAll('/api', '').replaceAll('/v2.0', '');
  }

  #ask(method: string, path: string, body: unknown): Promise<ProviderAnswer> {
    const content = `${JSON.stringify(body ?? null)}\n`;
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) };
      const sent = request(`${this.#api}${path}`, { method, auth: this.#credentials, headers }, (answer) => {
        const { statusCode = 0, headers: received } = answer;
        text(answer).then(
          (read) => resolve({ status: statusCode, text: read, location: received.location ?? '' }),
          reject,
        );
      });
      sent.on('error', reject).end(content);
    });
  }
}
