import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Actor } from '../kernel/actor.ts';
import { type Authentication, principalOf } from './authentication.ts';
import { RequestLife } from './request-life.ts';

export interface ExchangeInit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly address: string;
  /** The host that the client asked for, as it was sent; undefined when it named none. */
  readonly host: string | undefined;
  readonly startedAt: number;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
}

/** One request and its answer on the raw listener, with what the product adds to them. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly address: string;
  readonly host: string | undefined;
  readonly startedAt: number;
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Ends when the answer is complete or given up, and nothing works on it any more. */
  readonly life: RequestLife;
  /** Scheme and host for links, set when the instance is known. */
  origin = '';
  /** Scheme and host that the instance is known by, whatever the request asked for; set when the instance is known. */
  externalOrigin = '';
  /** Whether it came encrypted, at least to a trusted proxy; set when the instance is known. */
  isSecure = false;
  authentication: Authentication = { kind: 'none' };
  /** The operation's name, for metrics and the access log. */
  operation = 'unknown';
  #expectsContinue: boolean;
  #controller: AbortController | undefined;

  constructor(init: ExchangeInit) {
    const { request, response } = init;
    this.request = request;
    this.response = response;
    this.requestId = init.requestId;
    this.address = init.address;
    this.host = init.host;
    this.startedAt = init.startedAt;
    this.method = request.method ?? 'GET';
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
    this.#expectsContinue = init.expectsContinue;
    this.life = new RequestLife(response);
  }

  /** Aborted when the connection closes before the answer is complete. */
  get signal(): AbortSignal {
    this.#controller ??= this.#createController();
    return this.#controller.signal;
  }

  #createController(): AbortController {
    const controller = new AbortController();
    const { response } = this;
    const abort = () => {
      if (!response.writableFinished) controller.abort(new Error('the client closed the connection'));
    };
    if (response.closed) abort();
    else response.once('close', abort);
    return controller;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  get actor(): Actor {
    return {
      principal: principalOf(this.authentication),
      requestId: this.requestId,
      address: this.address,
      userAgent: (this.header('user-agent') ?? '').slice(0, MAX_USER_AGENT_LENGTH),
    };
  }

  /** Tells a waiting client to send the body; called when somebody is about to read it. */
  wantBody(): void {
    if (!this.#expectsContinue) return;
    this.#expectsContinue = false;
    this.response.writeContinue();
  }

  send(status: number, headers: OutgoingHttpHeaders = {}, body?: Uint8Array | string): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const length = status === 204 || status === 304 ? {} : { 'Content-Length': bytes?.length ?? 0 };
    const leavesBodyUnread = this.hasUnreadBody();
    const connection = leavesBodyUnread ? { Connection: 'close' } : {};
    this.response.writeHead(status, { ...length, ...headers, ...connection });
    const sent = this.method === 'HEAD' ? undefined : bytes;
    if (leavesBodyUnread && !this.#expectsContinue) {
      if (sent !== undefined) this.response.write(sent);
      void this.#endAfterBody();
    } else if (sent !== undefined && sent.length <= ONE_WRITE_BYTES) {
      // Node sends a text together with the head, and bytes in a write of their own: byte for byte it is the same.
      this.response.end(Buffer.from(sent.buffer, sent.byteOffset, sent.length).toString('latin1'), 'latin1');
    } else {
      this.response.end(sent);
    }
  }

  /** The client is still sending, and nobody reads it. */
  hasUnreadBody(): boolean {
    const { headers, complete } = this.request;
    return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);
  }

  /**
   * The answer is given before the body was read. Closing at once would reset the connection, and many a client would see
   * that instead of the answer: so read on for a moment, and throw it away.
   */
  async #endAfterBody(): Promise<void> {
    this.response.flushHeaders();
    const timer = setTimeout(() => this.request.destroy(), LINGER_MS);
    let discardedBytes = 0;
    try {
      for await (const piece of this.request.iterator({ destroyOnReturn: false })) {
        discardedBytes += (piece as Uint8Array).length;
        if (discardedBytes > LINGER_BYTES) break;
      }
    } catch {
      // The client has gone, or was cut off above: there is nobody left to answer.
    } finally {
      clearTimeout(timer);
      this.response.end();
    }
  }

  sendJson(status: number, body: unknown, headers: OutgoingHttpHeaders = {}): void {
    this.send(status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(body));
  }
}

const MAX_USER_AGENT_LENGTH = 256;
const ONE_WRITE_BYTES = 16 * 1024;
const LINGER_MS = 3_000;
const LINGER_BYTES = 16 * 1024 * 1024;
