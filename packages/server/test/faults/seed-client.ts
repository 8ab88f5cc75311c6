import type { Target } from './fault-class.ts';

/** What the server answered to the seed. */
export interface SeedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface SeedRequest {
  readonly body?: object | string | Uint8Array;
  readonly authorization?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks the server itself, never a stand-in before it, for what attacks need. */
export class SeedClient {
  readonly #host: string;
  readonly #authorization: string;

  constructor({ host, authorization }: Pick<Target, 'host' | 'authorization'>) {
    this.#host = host;
    this.#authorization = authorization;
  }

  /** As the administrator, unless it is told as whom. @param request.body a text is a form, an object JSON */
  async ask(method: string, path: string, request: SeedRequest = {}): Promise<SeedAnswer> {
    const { body, headers } = request;
    const authorization = 'authorization' in request ? request.authorization : this.#authorization;
    const type = typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json';
    const response = await fetch(`http://${this.#host}${path}`, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { Authorization: authorization }),
        ...(body === undefined ? {} : { 'Content-Type': type }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: encodeBody(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** @throws Error when it is refused */
  async must(method: string, path: string, request?: SeedRequest): Promise<SeedAnswer> {
    const answer = await this.ask(method, path, request);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new Error(`seeding: ${method} ${path} answered ${answer.status} ${answer.text}`);
  }

  async json<Shape>(method: string, path: string, request?: SeedRequest): Promise<Shape> {
    return JSON.parse((await this.must(method, path, request)).text);
  }

  /** Makes something. @returns the number at the end of its address */
  async create(path: string, body: object): Promise<number> {
    const { headers } = await this.must('POST', path, { body });
    return Number((headers.get('location') ?? '').split('/').at(-1));
  }
}

function encodeBody(body: object | string | Uint8Array): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
}
