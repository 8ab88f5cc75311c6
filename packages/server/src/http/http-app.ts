import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Ids } from '../kernel/ids.ts';
import { HEALTH_PATHS, REFUSED_OPERATION, recordExchange, recordRefusal } from './access-log.ts';
import { assertAnswerable } from './assert-answerable.ts';
import type { ClientAddresses } from './client-addresses.ts';
import type { Refusal } from './client-error.ts';
import { Exchange } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import { toOciError } from './render-error.ts';
import { requestIdOf } from './request-id.ts';
import type { RequestLimits } from './request-limits.ts';
import { sendEarlyError } from './send-early-error.ts';

export interface HttpAppDeps {
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly addresses: ClientAddresses;
  readonly limits: Pick<RequestLimits, 'enterClient'>;
  /** Answers `/v2`. */
  answerRegistry(exchange: Exchange): Promise<void>;
  /** Answers everything else: management, tokens, health. */
  answerOther(exchange: Exchange): Promise<void>;
}

/** What every request goes through, in this order: id, log and metrics, limits, then the API that its path belongs to. */
export class HttpApp {
  readonly #deps: HttpAppDeps;
  readonly #open = new Set<ServerResponse>();
  #isDraining = false;

  constructor(deps: HttpAppDeps) {
    this.#deps = deps;
  }

  answer(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { ids, addresses, logger, metrics } = this.#deps;
    const requestId = requestIdOf(request, ids, addresses.isProxied(request));
    const exchange = new Exchange({
      request,
      response,
      requestId,
      address: addresses.of(request),
      host: addresses.hostOf(request),
      startedAt: performance.now(),
      expectsContinue,
    });
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (this.#isDraining) response.setHeader('Connection', 'close');
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    // A broken connection ends what waits for it; without listeners it would end the process.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    recordExchange(exchange, { logger, metrics });
    const dispatched = exchange.life.run(() => this.#dispatch(exchange, expectsContinue));
    dispatched.catch((error: unknown) => this.#fail(exchange, error));
  }

  /** What was refused before it became a request is counted and logged like one. */
  refuse(refusal: Refusal): void {
    recordRefusal(refusal, this.#deps);
  }

  /** From now on every answer asks its client to close the connection. */
  drain(): void {
    this.#isDraining = true;
    for (const response of this.#open) {
      if (!response.headersSent) response.setHeader('Connection', 'close');
    }
  }

  async #dispatch(exchange: Exchange, expectsContinue: boolean): Promise<void> {
    const { path, request, response } = exchange;
    if (!HEALTH_PATHS.includes(path)) this.#deps.limits.enterClient(exchange);
    try {
      assertAnswerable(request, expectsContinue);
    } catch (error) {
      exchange.operation = REFUSED_OPERATION;
      response.setHeader('Connection', 'close');
      throw error;
    }
    if (path === '/v2' || path.startsWith('/v2/')) await this.#deps.answerRegistry(exchange);
    else await this.#deps.answerOther(exchange);
  }

  #fail(exchange: Exchange, error: unknown): void {
    const shown = toOciError(error);
    if (shown.status >= 500 && !exchange.signal.aborted) {
      const { requestId, operation } = exchange;
      this.#deps.logger.error({ requestId, operation, err: shown.cause ?? error }, 'a request failed');
    }
    sendEarlyError(exchange, error);
  }
}
