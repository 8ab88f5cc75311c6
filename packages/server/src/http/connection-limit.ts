import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { OciError, renderOciErrors } from '@roadstead/oci';
import { peerAddress } from './client-addresses.ts';
import type { Refusal } from './client-error.ts';
import { RunningCounts } from './running-counts.ts';

export interface ConnectionLimitOptions {
  readonly server: Server;
  /** Of one address; 0 is no limit. */
  readonly limit: number;
  /** Those that bring the connections of many. */
  readonly isTrustedProxy: (address: string) => boolean;
  readonly onRefusal: (refusal: Refusal) => void;
}

const REFUSED = new WeakSet<Socket>();
/** How long one that was refused may take to read the answer. */
const LINGER_MS = 1_000;

/** Closes what is beyond the connections that one address may have: with an answer over plain HTTP, before a handshake under TLS. */
export function limitConnections({ server, limit, isTrustedProxy, onRefusal }: ConnectionLimitOptions): void {
  if (limit === 0) return;
  const counts = new RunningCounts(limit);
  const message = `One address may have ${limit} connections open at once.`;
  const isTls = server instanceof TlsServer;
  // Before Node's own listener, which would begin to read.
  server.prependListener('connection', (socket: Socket) => {
    const address = peerAddress(socket);
    if (address === '' || isTrustedProxy(address)) return;
    if (counts.enter(address)) {
      socket.once('close', () => counts.leave(address));
      return;
    }
    REFUSED.add(socket);
    socket.on('error', () => undefined);
    onRefusal({ status: 429, cause: 'address-connections', socket });
    if (isTls) socket.destroy();
    else refuse(socket, message);
  });
}

/** Whether the connection was refused: a request that came over it all the same is not answered again. */
export function isRefusedConnection(socket: Socket): boolean {
  return REFUSED.has(socket);
}

function refuse(socket: Socket, message: string): void {
  const body = JSON.stringify(renderOciErrors(new OciError('TOOMANYREQUESTS', message)));
  socket.end(
    `HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Retry-After: 1\r\nConnection: close\r\n\r\n${body}`,
  );
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}
