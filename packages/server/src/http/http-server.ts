import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { HttpLimits } from '../config/config.ts';
import { nodeHttp } from '../kernel/node-http.ts';
import type { ClientAddresses } from './client-addresses.ts';
import { answerClientError, answerConnect, type Refusal } from './client-error.ts';
import { isRefusedConnection, limitConnections } from './connection-limit.ts';
import type { TlsFiles } from './tls-files.ts';

export interface HttpServerOptions {
  readonly limits: HttpLimits;
  readonly tls: TlsFiles | undefined;
  readonly addresses: Pick<ClientAddresses, 'isTrustedProxy'>;
  /** @param expectsContinue the client waits for `100 Continue` */
  answer(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void;
  /** Told of what was refused before it became a request. */
  onRefusal(refusal: Refusal): void;
}

const MAX_HEAD_BYTES = 32 * 1024;
const CONNECTIONS_CHECK_MS = 1_000;
/** A connection on which nothing moves for so long, in either direction, is cut: the peer has gone or reads nothing. */
const IDLE_SOCKET_MS = 120_000;

/** The one listener, with its time-outs: slow heads are cut here, slow bodies where they are read. */
export function createHttpServer({ limits, tls, addresses, answer, onRefusal }: HttpServerOptions): Server {
  const options = {
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: limits.headersTimeoutMs,
    // Uploads may take as long as they keep their pace.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    noDelay: true,
    // Its absence is refused where every request is looked at, so that the answer has our shape.
    requireHostHeader: false,
  };
  const server: Server =
    tls === undefined ? nodeHttp.createServer(options) : createTlsServer({ ...options, ...tls.current() });
  if (limits.maxConnections > 0) server.maxConnections = limits.maxConnections;
  server.timeout = IDLE_SOCKET_MS;
  const { isTrustedProxy } = addresses;
  limitConnections({ server, limit: limits.maxConnectionsPerAddress, isTrustedProxy, onRefusal });
  const take = (expectsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    if (!isRefusedConnection(request.socket)) answer(request, response, expectsContinue);
  };
  server.on('request', take(false));
  server.on('checkContinue', take(true));
  server.on('checkExpectation', take(false));
  const refused = (refusal: Refusal | undefined) => {
    if (refusal !== undefined) onRefusal(refusal);
  };
  server.on('clientError', (error, socket) => refused(answerClientError(error, socket)));
  server.on('connect', (_request, socket) => refused(answerConnect(socket)));
  tls?.onChange((context) => {
    if (server instanceof TlsServer) server.setSecureContext(context);
  });
  return server;
}

/** Stops accepting, ends idle connections, and waits for the others up to `graceMs` before it cuts them. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  // A connection that falls idle only now is ended as well.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  await closed;
  clearTimeout(timer);
  clearInterval(sweep);
}
