import { connect, createServer, type Server, type Socket } from 'node:net';
import { listenLocally } from '../../support/listen-locally.ts';

/** What a defective stand-in does to the requests and answers of the server behind it; one character for each byte. */
export interface ProxyDefect {
  request?(request: string): string;
  response?(answer: string, request: string): string;
  /** A request that the client left half-way, and what the stand-in makes of it. */
  abandoned?(request: string): string | undefined;
  /** How long each answer is held back. */
  readonly delayMs?: number;
  /** Which requests are answered that late; without it all. */
  delays?(request: string): boolean;
}

export interface DefectiveProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** Stands before the server and misbehaves in one way. Enough for requests that come one after another, in one piece each. */
export async function startDefectiveProxy(upstreamPort: number, defect: ProxyDefect): Promise<DefectiveProxy> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
    relay(client, upstreamPort, defect);
  });
  const port = await listenLocally(server);
  return {
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

function relay(client: Socket, upstreamPort: number, defect: ProxyDefect): void {
  const { remoteAddress: localAddress = '127.0.0.1' } = client;
  const upstream = connect({ port: upstreamPort, host: '127.0.0.1', localAddress, allowHalfOpen: true });
  let request = '';
  let isAnswered = true;
  client.on('data', (data) => {
    const text = data.toString('latin1');
    request = isAnswered ? text : request + text;
    isAnswered = false;
    upstream.write(Buffer.from(defect.request?.(text) ?? text, 'latin1'));
  });
  upstream.on('data', (data) => {
    const text = data.toString('latin1');
    isAnswered = true;
    const answer = Buffer.from(defect.response?.(text, request) ?? text, 'latin1');
    const isDelayed = defect.delays?.(request) ?? true;
    setTimeout(() => client.write(answer), isDelayed ? (defect.delayMs ?? 0) : 0);
  });
  client.on('end', () => upstream.end());
  upstream.on('end', () => setTimeout(() => client.end(), defect.delayMs ?? 0));
  client.on('close', () => {
    upstream.destroy();
    const made = isAnswered ? undefined : defect.abandoned?.(request);
    if (made !== undefined) sendAside(upstreamPort, made);
  });
  upstream.on('close', () => setTimeout(() => client.destroy(), (defect.delayMs ?? 0) + 100));
  for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
}

function sendAside(port: number, bytes: string): void {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => socket.destroy());
  socket.on('data', () => socket.end());
  socket.write(Buffer.from(bytes, 'latin1'));
}

/** The answer with another status line; what follows stays. */
export function withStatus(answer: string, status: number, reason: string): string {
  return answer.replace(/^HTTP\/1\.1 \d{3} [^\r\n]*/, `HTTP/1.1 ${status} ${reason}`);
}

/** The answer with another body of a right length. */
export function withBody(answer: string, body: string): string {
  const end = answer.indexOf('\r\n\r\n');
  const head = answer.slice(0, end).replace(/content-length: \d+/i, `Content-Length: ${body.length}`);
  return `${head}\r\n\r\n${body}`;
}
