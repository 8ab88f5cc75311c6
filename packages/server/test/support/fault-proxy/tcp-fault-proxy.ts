import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { listenLocally } from '../listen-locally.ts';

/** What happens to all connections from the moment it is imposed until they are healed. */
export type TcpFault =
  /** Each piece arrives so much later, in either direction. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** Open connections are reset, and new ones as soon as they are made. */
  | { readonly kind: 'reset' }
  /** Nothing arrives any more, and nobody is told. What was sent arrives after the healing, as TCP sends it again. */
  | { readonly kind: 'black-hole'; readonly direction: 'both' | 'to-server' | 'to-client' }
  /** After so many more bytes of the server's, each connection is reset. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** After so many more bytes of the server's, each connection ends towards the client as if that was all. */
  | { readonly kind: 'half-close'; readonly bytes: number };

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

export interface TcpFaultProxy extends TcpAddress {
  /** Instead of what was imposed before. */
  impose(fault: TcpFault): void;
  heal(): void;
  /** New connections go there from now on. The open ones are reset, as when an address moves to another machine. */
  retarget(target: TcpAddress): void;
  readonly connectionCount: number;
  close(): Promise<void>;
}

/** Passes connections on, byte for byte, and lets faults happen to them. @param host on which it listens */
export async function startTcpFaultProxy(target: TcpAddress, host = '127.0.0.1'): Promise<TcpFaultProxy> {
  const state: ProxyState = { fault: undefined, target, passages: new Set() };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (state.fault?.kind === 'reset') client.resetAndDestroy();
    else new Passage(client, state);
  });
  const port = await listenLocally(server, 0, host);
  const resetAll = () => {
    for (const passage of state.passages) passage.reset();
  };
  return {
    host,
    port,
    impose: (fault) => {
      state.fault = fault;
      if (fault.kind === 'reset') resetAll();
      for (const passage of state.passages) passage.change();
    },
    heal: () => {
      state.fault = undefined;
      for (const passage of state.passages) passage.change();
    },
    retarget: (next) => {
      state.target = next;
      resetAll();
    },
    get connectionCount() {
      return state.passages.size;
    },
    close: async () => {
      resetAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface ProxyState {
  fault: TcpFault | undefined;
  target: TcpAddress;
  readonly passages: Set<Passage>;
}

type Direction = 'to-server' | 'to-client';

/** One connection through the proxy. */
class Passage {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #state: ProxyState;
  /** Of the server's bytes since the fault was imposed. */
  #passedBytes = 0;
  #changed = Promise.withResolvers<void>();
  #isOver = false;

  constructor(client: Socket, state: ProxyState) {
    this.#client = client;
    this.#state = state;
    this.#server = connect({ ...state.target, allowHalfOpen: true });
    state.passages.add(this);
    for (const socket of [this.#client, this.#server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.reset());
    }
    void this.#run();
  }

  /** The fault is another one, or none. */
  change(): void {
    this.#passedBytes = 0;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  reset(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#state.passages.delete(this);
    for (const socket of [this.#client, this.#server]) {
      // A socket that is not connected yet has nobody to send a reset to.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
    this.#changed.resolve();
  }

  async #run(): Promise<void> {
    await Promise.all([
      this.#carry('to-server', this.#client, this.#server),
      this.#carry('to-client', this.#server, this.#client),
    ]).catch(() => this.reset());
    this.#isOver = true;
    this.#state.passages.delete(this);
  }

  async #carry(direction: Direction, from: Socket, to: Socket): Promise<void> {
    for await (const piece of from as AsyncIterable<Buffer>) {
      const rest = await this.#suffer(direction, piece);
      if (this.#isOver) return;
      if (rest === undefined) return;
      if (!to.write(rest)) await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
    }
    await this.#waitOutHole(direction);
    to.end();
  }

  /** @returns what may pass; undefined when nothing will from now on */
  async #suffer(direction: Direction, piece: Buffer): Promise<Buffer | undefined> {
    await this.#waitOutHole(direction);
    const { fault } = this.#state;
    if (fault?.kind === 'latency') await delay(fault.milliseconds);
    if (direction === 'to-server' || (fault?.kind !== 'truncate' && fault?.kind !== 'half-close')) return piece;
    const left = fault.bytes - this.#passedBytes;
    this.#passedBytes += piece.length;
    if (piece.length <= left) return piece;
    this.#client.write(piece.subarray(0, Math.max(0, left)), () => {
      if (fault.kind === 'truncate') this.reset();
      else this.#client.end();
    });
    // What the server goes on to say is lost, and it is not told.
    this.#server.resume();
    return undefined;
  }

  async #waitOutHole(direction: Direction): Promise<void> {
    for (;;) {
      const { fault } = this.#state;
      const isHeld = fault?.kind === 'black-hole' && (fault.direction === 'both' || fault.direction === direction);
      if (!isHeld || this.#isOver) return;
      await this.#changed.promise;
    }
  }
}
