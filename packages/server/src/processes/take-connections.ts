import type { Server } from 'node:http';
import { Socket } from 'node:net';
import type { ConnectionMessage, ConnectionNotice } from './connection-dispatcher.ts';
import type { Listening } from './server-services.ts';

const SWEEP_MS = 100;

/**
 * Serves the connections that the primary accepts and gives to this process.
 * @param leave asks the primary for no more of them
 */
export function takeConnections(servers: readonly Server[], leave: () => Promise<void>): Listening {
  const open = new Set<Socket>();
  // They never listen themselves: this starts what watches over slow heads and idle connections.
  for (const server of servers) server.emit('listening');
  const take = (message: unknown, socket: unknown) => {
    if (!isConnection(message)) return;
    tell({ type: 'took', id: message.id });
    const server = servers[message.listener];
    // A client may be gone before its connection is here.
    if (!(socket instanceof Socket) || server === undefined) {
      tell({ type: 'closed', id: message.id });
      return;
    }
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      tell({ type: 'closed', id: message.id });
    });
    socket.setNoDelay(true);
    server.emit('connection', socket);
  };
  process.on('message', take);
  return {
    close: async (graceMs) => {
      await leave();
      const deadline = Date.now() + graceMs;
      while (open.size > 0) {
        for (const server of servers) server.closeIdleConnections();
        if (Date.now() >= deadline) for (const socket of open) socket.destroy();
        if (open.size > 0) await new Promise((resolve) => setTimeout(resolve, SWEEP_MS));
      }
      process.off('message', take);
    },
  };
}

function tell(notice: ConnectionNotice): void {
  process.send?.(notice, undefined, {}, () => undefined);
}

function isConnection(message: unknown): message is ConnectionMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'connection';
}
