import type { IncomingMessage, ServerResponse } from 'node:http';
import { OciError } from '@roadstead/oci';
import type { Logger } from 'pino';
import type { Ids } from '../kernel/ids.ts';
import { recordExchange } from './access-log.ts';
import type { ClientAddresses } from './client-addresses.ts';
import { Exchange } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import { sendOciError, toOciError } from './render-error.ts';
import { requestIdOf } from './request-id.ts';
import { RequestLimits } from './request-limits.ts';

export interface HttpAppDeps {
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly addresses: ClientAddresses;
  readonly maxRequestsPerAddress: number;
  /** Answers `/v2`. */
  answerRegistry(exchange: Exchange): Promise<void>;
  /** Answers everything else: management, tokens, health. */
  answerOther(exchange: Exchange): Promise<void>;
}

/** What every request goes through, in this order: id, log and metrics, limits, then the API that its path belongs to. */
export class HttpApp {
  readonly #deps: HttpAppDeps;
  readonly #limits: RequestLimits;
  readonly #open = new Set<ServerResponse>();
  #isDraining = false;

  constructor(deps: HttpAppDeps) {
    this.#deps = deps;
    this.#limits = new RequestLimits(deps.maxRequestsPerAddress);
  }

  answer(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { ids, addresses, logger, metrics } = this.#deps;
    const requestId = requestIdOf(request, ids);
    const address = addresses.of(request);
    const startedAt = performance.now();
    const exchange = new Exchange({ request, response, requestId, address, startedAt, expectsContinue });
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (this.#isDraining) response.setHeader('Connection', 'close');
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    // A broken connection ends what waits for it; without listeners it would end the process.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    recordExchange(exchange, { logger, metrics });
    this.#dispatch(exchange).catch((error: unknown) => this.#fail(exchange, error));
  }

  /** From now on every answer asks its client to close the connection. */
  drain(): void {
    this.#isDraining = true;
    for (const response of this.#open) {
      if (!response.headersSent) response.setHeader('Connection', 'close');
    }
  }

  async #dispatch(exchange: Exchange): Promise<void> {
    const { path, response } = exchange;
    const release = this.#limits.enter(exchange.address);
    response.once('close', release);
    // The parser takes a request line without a version for HTTP/0.9, and so a path that was cut by a line break.
    if (exchange.request.httpVersionMajor !== 1) {
      response.setHeader('Connection', 'close');
      throw new OciError('UNSUPPORTED', 'This server speaks HTTP/1.1.', { status: 400 });
    }
    if (countHosts(exchange.request) > 1) {
      response.setHeader('Connection', 'close');
      throw new OciError('UNSUPPORTED', 'A request names one host (RFC 9112 §3.2).', { status: 400 });
    }
    if (!path.startsWith('/')) throw new OciError('NAME_INVALID', 'A request names a path that begins with a slash.');
    if (path === '/v2' || path.startsWith('/v2/')) await this.#deps.answerRegistry(exchange);
    else await this.#deps.answerOther(exchange);
  }

  #fail(exchange: Exchange, error: unknown): void {
    const shown = toOciError(error);
    if (shown.status >= 500 && !exchange.signal.aborted) {
      const { requestId, operation } = exchange;
      this.#deps.logger.error({ requestId, operation, err: shown.cause ?? error }, 'a request failed');
    }
    sendOciError(exchange, error);
  }
}

function countHosts({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
}
