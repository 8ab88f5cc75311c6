import http from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The connection ended, or nothing came in time: what became of the request is not known. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const TIMEOUT_MS = 20_000;

/** Asks one server, over connections that it keeps. */
export class HttpClient {
  readonly port: number;
  readonly #host: string;
  readonly #authorization: string;
  readonly #agent = new http.Agent({ keepAlive: true });

  constructor(port: number, authorization: string, host = '127.0.0.1') {
    this.port = port;
    this.#host = host;
    this.#authorization = authorization;
  }

  /** @throws NoAnswerError */
  ask(method: string, path: string, { headers = {}, body }: Ask = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(new NoAnswerError(`${method} ${path}: ${error.message}`, { cause: error }));
      const request = http.request(
        {
          host: this.#host,
          port: this.port,
          method,
          path,
          agent: this.#agent,
          headers: { Authorization: this.#authorization, 'Content-Length': body?.length ?? 0, ...headers },
        },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', fail);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }),
          );
        },
      );
      request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      // After an answer has begun this changes nothing: the promise is settled by the answer, or by its own error.
      request.on('error', fail);
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** One line about an answer, for people. */
export function describeAnswer({ status, body }: Answer): string {
  return `${status} ${body.toString('utf8', 0, 200).replace(/\s+/g, ' ')}`.trimEnd();
}
