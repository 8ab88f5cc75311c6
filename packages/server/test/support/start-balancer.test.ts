import { createServer, request, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { findFreePort } from './find-free-port.ts';
import { listenLocally } from './listen-locally.ts';
import { BALANCER_ERROR, type Balancer, SERVED_BY, startBalancer } from './start-balancer.ts';

interface FakeNode {
  readonly seen: string[];
  isReady: boolean;
  /** Ends the connection after it has read the request. */
  isFailing: boolean;
}

describe('the balancer of the tests', () => {
  const servers: Server[] = [];
  let balancer: Balancer | undefined;

  afterEach(async () => {
    await balancer?.close();
    for (const server of servers.splice(0)) server.close();
  });

  async function startNode(): Promise<FakeNode & { readonly port: number }> {
    const node: FakeNode = { seen: [], isReady: true, isFailing: false };
    const server = createServer(async (incoming, answer) => {
      if (incoming.url === '/readyz') return void answer.writeHead(node.isReady ? 200 : 503).end();
      const body = await text(incoming);
      node.seen.push(`${incoming.method} ${incoming.url} ${body}`);
      if (node.isFailing) incoming.socket.destroy();
      else answer.end(body);
    });
    servers.push(server);
    return Object.assign(node, { port: await listenLocally(server) });
  }

  async function start(ports: readonly number[]): Promise<Balancer> {
    balancer = await startBalancer(ports.map((port, index) => ({ name: `n${index}`, host: '127.0.0.1', port })));
    return balancer;
  }

  function put(body: string): Promise<{ status: number; servedBy: unknown; isOwn: boolean }> {
    return new Promise((resolve, reject) => {
      const asked = request({ port: balancer?.port, method: 'PUT', path: '/x' }, (answer) => {
        const { [SERVED_BY]: servedBy, [BALANCER_ERROR]: own } = answer.headers;
        answer.resume().on('end', () => resolve({ status: answer.statusCode ?? 0, servedBy, isOwn: own === '1' }));
      });
      asked.on('error', reject).end(body);
    });
  }

  it('spreads requests over the nodes that are ready', async () => {
    const nodes = [await startNode(), await startNode()];
    const { isReady } = await start(nodes.map(({ port }) => port));
    await expect.poll(() => isReady('n0') && isReady('n1')).toBe(true);
    for (let count = 0; count < 4; count += 1) expect((await put('a')).status).toBe(200);
    expect(nodes.map(({ seen }) => seen.length)).toEqual([2, 2]);
    Object.assign(nodes[0] as FakeNode, { isReady: false });
    await expect.poll(() => isReady('n0')).toBe(false);
    for (let count = 0; count < 4; count += 1) expect((await put('b')).servedBy).toBe('n1');
  });

  it('asks another node when nobody listens at the first, and nobody again when a node has seen it', async () => {
    const [first, second] = [await startNode(), await startNode()];
    await start([await findFreePort(), first.port, second.port]);
    for (let count = 0; count < 6; count += 1) expect((await put('a')).status).toBe(200);
    Object.assign(first, { isFailing: true });
    Object.assign(second, { isFailing: true });
    const seenBefore = first.seen.length + second.seen.length;
    const answer = await put('b');
    expect(answer).toMatchObject({ status: 502, isOwn: true });
    expect(first.seen.length + second.seen.length).toBe(seenBefore + 1);
  });
});
