import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** What services that nobody outside should reach listen on, and those that the features connect to. */
const PORTS = [22, 25, 80, 389, 443, 465, 514, 587, 636, 2375, 3268, 5432, 6379, 6514, 8080, 8443];

/** Where a client waits for the server to speak: a canary that said nothing would keep it waiting. */
const GREETING_PORTS = [25, 587];

const REDIRECT = /^\w+ \/redirect\/(\d{3})\/(\S+) HTTP/;

/** Listens on every address of the namespace, and remembers which of them each connection was made to. */
export class Canaries {
  readonly #servers: readonly Server[];
  #reached: string[] = [];

  private constructor(servers: readonly Server[]) {
    this.#servers = servers;
  }

  static async open(): Promise<Canaries> {
    const servers = PORTS.map(() => createServer({ allowHalfOpen: false }));
    const canaries = new Canaries(servers);
    for (const [index, server] of servers.entries()) {
      server.on('connection', (socket) => canaries.#take(socket));
      server.listen(PORTS[index], '::');
      await once(server, 'listening');
    }
    return canaries;
  }

  /** The addresses that were connected to since the last look. */
  takeReached(): readonly string[] {
    const reached = this.#reached;
    this.#reached = [];
    return reached;
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #take(socket: Socket): void {
    this.#reached.push((socket.localAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''));
    socket.on('error', () => undefined);
    if (GREETING_PORTS.includes(socket.localPort ?? 0)) {
      socket.destroy();
      return;
    }
    socket.once('data', (bytes: Buffer) => {
      const head = bytes.toString('latin1');
      // TLS and whatever else is not HTTP: that it came is all there is to know.
      if (!/ HTTP\/1\.1\r\n/.test(head)) return socket.destroy();
      return socket.end(answerOf(head));
    });
  }
}

function answerOf(head: string): string {
  const [, status, target] = REDIRECT.exec(head) ?? [];
  const end = 'Content-Length: 0\r\nConnection: close\r\n\r\n';
  if (status === undefined || target === undefined) return `HTTP/1.1 200 OK\r\n${end}`;
  return `HTTP/1.1 ${status} Elsewhere\r\nLocation: ${decodeURIComponent(target)}\r\n${end}`;
}
