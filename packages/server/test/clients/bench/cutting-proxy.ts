import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { listenLocally } from '../../support/listen-locally.ts';

export interface CutRule {
  /** The way the cut transfer goes. */
  readonly direction: 'upload' | 'download';
  /** Bytes of one connection after which it is cut. */
  readonly afterBytes: number;
}

/** What went through the proxy while a rule was in force. */
export interface CutReport {
  /** Connections cut: one at most. */
  readonly cuts: number;
  /** Request lines and headers that followed the cut, as sent. */
  readonly requestsAfter: string;
}

interface Cut {
  readonly rule: CutRule;
  cuts: number;
  requestsAfter: string;
}

const keptBytes = 64 * 1024;

/** The part of a chunk that may hold a request's head: bodies are large and random, heads are text at its start. */
function headOf(chunk: Buffer): string {
  const end = chunk.indexOf('\r\n\r\n');
  return end < 0 ? '' : chunk.subarray(0, end).toString('latin1');
}

/**
 * A reverse proxy at TCP level, in front of the registry. It passes everything on, and on demand breaks one connection,
 * once, in the middle of a transfer: the client of a download sees the stream end early, the server of an upload a
 * connection reset.
 */
export class CuttingProxy {
  readonly host: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #upstreamHost = '';
  #cut: Cut | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.host = `127.0.0.1:${port}`;
    server.on('connection', (client) => this.#connect(client));
  }

  static async open(): Promise<CuttingProxy> {
    const server = createServer();
    return new CuttingProxy(server, await listenLocally(server));
  }

  /** Where connections go: known only once the registry listens. */
  connectTo(upstreamHost: string): void {
    this.#upstreamHost = upstreamHost;
  }

  /** Does a transfer with a rule in force; one at a time. */
  throughCut(rule: CutRule, transfer: () => Promise<unknown>): Promise<CutReport> {
    const work = async (): Promise<CutReport> => {
      const cut: Cut = { rule, cuts: 0, requestsAfter: '' };
      this.#cut = cut;
      try {
        await transfer();
      } finally {
        this.#cut = undefined;
      }
      return cut;
    };
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #connect(client: Socket): void {
    const [hostname, port] = this.#upstreamHost.split(':');
    const upstream = createConnection({ host: hostname ?? '', port: Number(port) });
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    this.#watch(client, upstream);
    client.pipe(upstream);
    upstream.pipe(client);
  }

  #watch(client: Socket, upstream: Socket): void {
    const seenBytes = { upload: 0, download: 0 };
    const see = (direction: CutRule['direction'], chunk: Buffer): void => {
      seenBytes[direction] += chunk.length;
      const cut = this.#cut;
      if (cut === undefined) return;
      if (cut.cuts > 0 && direction === 'upload' && cut.requestsAfter.length < keptBytes) {
        cut.requestsAfter += `${headOf(chunk)}\n`;
      }
      if (cut.cuts > 0 || direction !== cut.rule.direction || seenBytes[direction] <= cut.rule.afterBytes) return;
      cut.cuts += 1;
      upstream.resetAndDestroy();
      if (direction === 'download') client.end();
      else client.resetAndDestroy();
    };
    client.on('data', (chunk: Buffer) => see('upload', chunk));
    upstream.on('data', (chunk: Buffer) => see('download', chunk));
  }
}
