import { Agent, createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import { listenLocally } from '../../support/listen-locally.ts';
import type { Defect, Forward, ProxiedAnswer, ProxiedRequest } from './defect.ts';

export interface DefectiveProxy {
  readonly port: number;
  /** Requests of this path meet the defect; others pass as they are. */
  plant(path: string, defect: Defect): void;
  close(): Promise<void>;
}

/** Headers of one connection, which say nothing to the next. */
const HOP_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

/** Stands before a registry as a proxy does. */
export async function startDefectiveProxy(upstreamPort: number): Promise<DefectiveProxy> {
  const agent = new Agent({ keepAlive: true });
  const defects = new Map<string, Defect>();
  const server = createServer((incoming, outgoing) => {
    relay(incoming, outgoing, { agent, upstreamPort, defect: defects.get(incoming.url ?? '') }).catch(() => {
      // Either side is gone: the other one is told so in the only way there is.
      outgoing.destroy();
    });
  });
  const port = await listenLocally(server);
  return {
    port,
    plant: (path, defect) => void defects.set(path, defect),
    close: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      agent.destroy();
      await closed.promise;
    },
  };
}

interface Route {
  readonly agent: Agent;
  readonly upstreamPort: number;
  readonly defect: Defect | undefined;
}

async function relay(incoming: IncomingMessage, outgoing: ServerResponse, route: Route): Promise<void> {
  const body = await readAll(incoming);
  const headers = plainHeaders(incoming);
  const method = incoming.method ?? 'GET';
  const request: ProxiedRequest = {
    kind: kindOf(method, headers),
    connection: incoming.socket,
    method,
    headers,
    body,
  };
  const forward: Forward = (other = headers) => ask(route, incoming.url ?? '/', { ...request, headers: other });
  const answer = await (route.defect === undefined ? forward() : route.defect.answer(request, forward));
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.end(answer.body);
}

function kindOf(method: string, headers: Readonly<Record<string, string>>): ProxiedRequest['kind'] {
  if (method === 'DELETE') return 'delete';
  if (method !== 'PUT') return 'read';
  if (headers['if-match'] !== undefined) return 'replace';
  return headers['if-none-match'] === undefined ? 'put' : 'create';
}

async function ask({ agent, upstreamPort }: Route, path: string, request: ProxiedRequest): Promise<ProxiedAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { method, headers, body } = request;
  const upstream = openRequest({ host: '127.0.0.1', port: upstreamPort, path, method, headers, agent });
  upstream.on('response', resolve);
  upstream.on('error', reject);
  upstream.end(body);
  const response = await promise;
  return { status: response.statusCode ?? 502, headers: plainHeaders(response), body: await readAll(response) };
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function plainHeaders(message: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(message.headers).flatMap(([name, value]) =>
      HOP_HEADERS.has(name) || value === undefined ? [] : [[name, String(value)]],
    ),
  );
}
