import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { principalKey } from '../kernel/principal.ts';
import { bytesPastNode } from './accelerators/bytes-past-node.ts';
import { peerAddress } from './client-addresses.ts';
import type { Refusal } from './client-error.ts';
import type { Exchange } from './exchange.ts';
import type { Metrics } from './metrics.ts';

/** They are asked for all the time, and must be answered whatever else is. */
export const HEALTH_PATHS: readonly string[] = ['/healthz', '/readyz'];

/** Counts a request now, and at its end writes its line: what was asked by whom and how it ended, never a secret or a query. */
export function recordExchange(exchange: Exchange, deps: { readonly logger: Logger; readonly metrics: Metrics }): void {
  const { logger, metrics } = deps;
  const { request, response, method } = exchange;
  metrics.inflight.inc();
  response.once('close', () => {
    const durationMs = performance.now() - exchange.startedAt;
    const { operation } = exchange;
    metrics.inflight.dec();
    metrics.requests.inc({ method, code: response.statusCode, operation });
    metrics.durations.observe({ method, operation }, durationMs / 1_000);
    countBytes(request.socket, metrics);
    const level = HEALTH_PATHS.includes(exchange.path) ? 'debug' : 'info';
    if (!logger.isLevelEnabled(level)) return;
    const line = {
      requestId: exchange.requestId,
      method,
      path: loggedPath(exchange),
      operation,
      status: response.statusCode,
      complete: response.writableFinished,
      durationMs: Math.round(durationMs * 100) / 100,
      address: exchange.address,
      principal: principalKey(exchange.actor.principal),
      userAgent: exchange.actor.userAgent,
    };
    logger[level](line, 'request');
  });
}

/** The operation of what is refused before anything of it was looked at. */
export const REFUSED_OPERATION = 'refused';

/** Counts what never became a request, and writes its line, without anything of what came. */
export function recordRefusal(refusal: Refusal, deps: { readonly logger: Logger; readonly metrics: Metrics }): void {
  const { status, cause, socket } = refusal;
  const operation = REFUSED_OPERATION;
  deps.metrics.requests.inc({ method: 'unknown', code: status, operation });
  if (status === 429) deps.metrics.refusals.inc({ kind: cause });
  countBytes(socket, deps.metrics);
  deps.logger.info({ operation, status, cause, address: peerAddress(socket) }, 'request');
}

const MAX_PATH_LENGTH = 512;

/** Nothing of a target that is no path: such a one is refused, and may be an address with a password in it. */
function loggedPath({ path }: Exchange): string | undefined {
  return path.startsWith('/') ? path.slice(0, MAX_PATH_LENGTH) : undefined;
}

interface CountedBytes {
  readonly read: number;
  readonly written: number;
}

const counted = new WeakMap<Socket, CountedBytes>();

/** Adds what has gone over the connection since its last request ended: heads and bodies, as they were on the wire. */
function countBytes(socket: Socket, metrics: Metrics): void {
  const before = counted.get(socket) ?? { read: 0, written: 0 };
  const now = { read: socket.bytesRead, written: socket.bytesWritten + bytesPastNode(socket) };
  counted.set(socket, now);
  metrics.receivedBytes.inc(Math.max(0, now.read - before.read));
  metrics.sentBytes.inc(Math.max(0, now.written - before.written));
}
