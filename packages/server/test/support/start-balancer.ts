import { Agent, createServer, get, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { listenLocally } from './listen-locally.ts';

export interface BalancedNode {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface Balancer {
  readonly port: number;
  /** Whether the node was ready when it was asked last. */
  isReady(name: string): boolean;
  close(): Promise<void>;
}

export interface BalancerOptions {
  /** From which address of this machine nodes are reached. */
  readonly localAddress?: string;
}

/** Which node has answered, or was asked when the balancer had to answer itself. */
export const SERVED_BY = 'x-served-by';
/** Says that the answer is the balancer's own. */
export const BALANCER_ERROR = 'x-balancer-error';

const CHECK_EVERY_MS = 500;
const CHECK_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 45_000;

interface Backend extends BalancedNode {
  readonly agent: Agent;
  isReady: boolean;
}

/**
 * Spreads requests over nodes that say `/readyz`; when none of them does, over all. A request of which a node may have seen
 * a single byte is never sent again: its client is told 502 or 504, and knows itself whether it may repeat it.
 */
export async function startBalancer(
  nodes: readonly BalancedNode[],
  { localAddress }: BalancerOptions = {},
): Promise<Balancer> {
  const local = localAddress === undefined ? {} : { localAddress };
  const backends = nodes.map((node): Backend => {
    return { ...node, agent: new Agent({ keepAlive: true, ...local }), isReady: false };
  });
  const checks = backends.map((backend) => watch(backend, local));
  let turn = 0;
  const choose = (): readonly Backend[] => {
    turn += 1;
    const ready = backends.filter((backend) => backend.isReady);
    const list = ready.length > 0 ? ready : backends;
    return list.map((_, index) => list[(turn + index) % list.length] as Backend);
  };
  const server = createServer((incoming, outgoing) => pass(incoming, outgoing, choose()));
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  const port = await listenLocally(server);
  return {
    port,
    isReady: (name) => backends.some((backend) => backend.name === name && backend.isReady),
    close: async () => {
      for (const stop of checks) stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const { agent } of backends) agent.destroy();
    },
  };
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, candidates: readonly Backend[]): void {
  const [backend, ...others] = candidates;
  if (backend === undefined) {
    refuse(outgoing, 503, undefined);
    return;
  }
  const { host, port, agent } = backend;
  const { method, url, headers } = incoming;
  const upstream = openRequest({ host, port, method, path: url, headers, agent });
  let isSent = false;
  const fail = (status: number): void => {
    upstream.destroy();
    if (outgoing.headersSent) outgoing.destroy();
    // Nobody has read a byte of it yet, so another node may have it.
    else if (!isSent && others.length > 0) pass(incoming, outgoing, others);
    else refuse(outgoing, status, backend);
  };
  const timer = setTimeout(() => fail(504), ANSWER_TIMEOUT_MS);
  let hasFailed = false;
  upstream.on('error', () => {
    clearTimeout(timer);
    if (!hasFailed) fail(502);
    hasFailed = true;
  });
  upstream.on('response', (answer) => {
    clearTimeout(timer);
    outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, [SERVED_BY]: backend.name });
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  upstream.on('socket', (socket) =>
    whenConnected(socket, upstream, () => {
      isSent = true;
      incoming.pipe(upstream);
    }),
  );
  outgoing.once('close', () => {
    clearTimeout(timer);
    if (!outgoing.writableFinished) upstream.destroy();
  });
}

/** Gives up a connection that is not made in time. */
function whenConnected(socket: Socket, upstream: { destroy(error: Error): void }, act: () => void): void {
  if (!socket.connecting) {
    act();
    return;
  }
  const timer = setTimeout(() => upstream.destroy(new Error('no connection in time')), CONNECT_TIMEOUT_MS);
  socket.once('connect', act);
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
}

function refuse(outgoing: ServerResponse, status: number, backend: Backend | undefined): void {
  if (outgoing.destroyed) return;
  const headers = { [BALANCER_ERROR]: '1', ...(backend && { [SERVED_BY]: backend.name }), Connection: 'close' };
  outgoing.writeHead(status, headers).end();
}

/** @returns how to stop it */
function watch(backend: Backend, local: object): () => void {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const check = (): void => {
    const { host, port } = backend;
    const options = { host, port, path: '/readyz', agent: false, timeout: CHECK_TIMEOUT_MS, ...local } as const;
    const settle = (isReady: boolean): void => {
      backend.isReady = isReady;
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(check, CHECK_EVERY_MS);
    };
    const question = get(options, (answer) => {
      answer.resume();
      settle(answer.statusCode === 200);
    });
    question.on('timeout', () => question.destroy());
    question.on('error', () => settle(false));
  };
  check();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
