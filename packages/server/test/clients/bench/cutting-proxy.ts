import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

export interface CutRule {
  /** The way the cut transfer goes. */
  readonly direction: 'upload' | 'download';
  /** Bytes of one connection after which it is cut. */
  readonly afterBytes: number;
}

export interface CuttingProxy {
  readonly host: string;
  /** How many connections it cut: at most one. */
  readonly cuts: number;
  close(): Promise<void>;
}

function connectThrough(client: Socket, upstream: Socket, rule: CutRule, mayCut: () => boolean): void {
  const source = rule.direction === 'upload' ? client : upstream;
  let seenBytes = 0;
  const cut = (): void => {
    client.resetAndDestroy();
    upstream.resetAndDestroy();
  };
  source.on('data', (chunk: Buffer) => {
    seenBytes += chunk.length;
    if (seenBytes > rule.afterBytes && mayCut()) cut();
  });
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
  client.pipe(upstream);
  upstream.pipe(client);
}

/**
 * Passes TCP connections on to the registry and resets one of them, once, in the middle of a transfer; every later
 * connection passes whole.
 */
export async function openCuttingProxy(registryHost: string, rule: CutRule): Promise<CuttingProxy> {
  const [hostname, port] = registryHost.split(':');
  const sockets = new Set<Socket>();
  let cuts = 0;
  const mayCut = (): boolean => {
    if (cuts > 0) return false;
    cuts += 1;
    return true;
  };
  const server = createServer((client) => {
    const upstream = createConnection({ host: hostname ?? '127.0.0.1', port: Number(port) });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    connectThrough(client, upstream, rule, mayCut);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
