import { Agent, type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import type { HttpRequest } from './tag-request.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** What came of it; less than all when the connection broke. */
  readonly body: Buffer;
  /** When the status came. */
  readonly answeredAtNs: number;
}

/** Why there is no answer; after `unsent` the server has certainly not seen the request. */
export type NoAnswer = 'unsent' | 'broken' | 'timeout' | 'abandoned';

/** How a client walks away from its request. */
export interface Abandonment {
  /** Before that, all of the request is sent, or half of its body. */
  readonly sent: 'half' | 'all';
  readonly afterMs: number;
}

export interface SendOptions {
  readonly port: number;
  readonly path: string;
  readonly abandonment?: Abandonment | undefined;
}

const TIMEOUT_MS = 15_000;

/** Asks one request after another over a connection that is kept while the server keeps it; never asks anything twice. */
export class HttpConnection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #authorization: string;
  readonly #now: () => number;

  /** @param now nanoseconds of a monotonic clock */
  constructor(authorization: string, now: () => number) {
    this.#authorization = authorization;
    this.#now = now;
  }

  async send(request: HttpRequest, options: SendOptions): Promise<HttpAnswer | NoAnswer> {
    const { promise, resolve } = Promise.withResolvers<HttpAnswer | NoAnswer>();
    const { method, headers, body } = request;
    const { port, path, abandonment } = options;
    const outgoing = openRequest({
      host: '127.0.0.1',
      port,
      path,
      method,
      agent: this.#agent,
      headers: { ...headers, Authorization: this.#authorization },
    });
    const finish = (result: HttpAnswer | NoAnswer): void => {
      clearTimeout(timer);
      resolve(result);
    };
    // Once the answer is complete the connection belongs to the next request.
    const leave = (reason: NoAnswer): void => {
      if (outgoing.destroyed) return;
      finish(reason);
      outgoing.destroy();
    };
    const timer = setTimeout(() => leave('timeout'), TIMEOUT_MS);
    outgoing.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED' ? 'unsent' : 'broken'));
    outgoing.on('response', (incoming) => {
      const answeredAtNs = this.#now();
      const status = incoming.statusCode ?? 0;
      void readBody(incoming).then((body) => {
        finish({ status, header: (name) => headerOf(incoming, name), body, answeredAtNs });
      });
    });
    if (abandonment === undefined) outgoing.end(body);
    else abandon(outgoing, body, abandonment, () => leave('abandoned'));
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

function abandon(
  outgoing: ClientRequest,
  body: Buffer | undefined,
  { sent, afterMs }: Abandonment,
  leave: () => void,
): void {
  const leaveLater = (): void => void (afterMs === 0 ? leave() : setTimeout(leave, afterMs));
  if (sent === 'all') outgoing.end(body, leaveLater);
  else outgoing.write(body?.subarray(0, body.length / 2) ?? '', leaveLater);
}

function headerOf(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of incoming) pieces.push(piece as Buffer);
  } catch {
    // The status has come, which is what counts; that the body is short shows in its digest.
  }
  return Buffer.concat(pieces);
}
