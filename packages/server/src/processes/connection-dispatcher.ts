import { createServer, type Server, type Socket } from 'node:net';
import { listen } from '../http/listen.ts';
import type { SetAddress } from './list-addresses.ts';

/** A process that takes connections. */
export interface DispatchTarget {
  /** Gives it the connection; it says `took` once it has it, and `closed` once that is over. */
  give(message: ConnectionMessage, socket: Socket): void;
}

export interface ConnectionMessage {
  readonly type: 'connection';
  readonly id: number;
  /** Which of the addresses the client came to. */
  readonly listener: number;
}

/** What a process says of a connection that it was given. */
export interface ConnectionNotice {
  readonly type: 'took' | 'closed';
  readonly id: number;
}

interface Given {
  readonly socket: Socket;
  readonly listener: number;
}

interface Load {
  readonly untaken: Map<number, Given>;
  readonly open: Set<number>;
}

/** Beyond this many without a process to serve them, connections are refused. */
const MAX_WAITING = 1_024;

/**
 * Accepts the connections of all processes and gives each to the one with the fewest. What was given to a process that died
 * before it took it goes to another: nobody waits for the dead.
 */
export class ConnectionDispatcher {
  readonly #servers: Server[] = [];
  readonly #loads = new Map<DispatchTarget, Load>();
  #waiting: Given[] = [];
  #lastId = 0;

  /** @param maxConnections for each address; 0 means no limit */
  async listen(addresses: readonly SetAddress[], maxConnections: number): Promise<void> {
    for (const [listener, address] of addresses.entries()) {
      const server = createServer({ pauseOnConnect: true }, (socket) => this.#dispatch({ socket, listener }));
      this.#servers.push(server);
      await listen(server, address, address.setting);
      if (maxConnections > 0) server.maxConnections = maxConnections;
    }
  }

  add(target: DispatchTarget): void {
    this.#loads.set(target, { untaken: new Map(), open: new Set() });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const given of waiting) this.#dispatch(given);
  }

  /** Gives the target nothing any more. What it has taken stays with it. */
  remove(target: DispatchTarget): void {
    const load = this.#loads.get(target);
    this.#loads.delete(target);
    for (const given of load?.untaken.values() ?? []) this.#dispatch(given);
  }

  hear(target: DispatchTarget, { type, id }: ConnectionNotice): void {
    const load = this.#loads.get(target);
    if (type === 'closed') {
      load?.open.delete(id);
      return;
    }
    // The process has a descriptor of its own now.
    load?.untaken.get(id)?.socket.destroy();
    load?.untaken.delete(id);
  }

  get targetCount(): number {
    return this.#loads.size;
  }

  /** Accepts nothing any more. */
  close(): void {
    for (const server of this.#servers) server.close();
    for (const { socket } of this.#waiting) socket.destroy();
    this.#waiting = [];
  }

  #dispatch(given: Given): void {
    const least = [...this.#loads].toSorted(([, one], [, other]) => one.open.size - other.open.size)[0];
    if (least === undefined) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(given);
      else given.socket.destroy();
      return;
    }
    const [target, load] = least;
    // Of those with equally few it will be the last next time.
    this.#loads.delete(target);
    this.#loads.set(target, load);
    this.#lastId += 1;
    load.untaken.set(this.#lastId, given);
    load.open.add(this.#lastId);
    target.give({ type: 'connection', id: this.#lastId, listener: given.listener }, given.socket);
  }
}
