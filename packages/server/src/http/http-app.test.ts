import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as tick } from 'node:timers/promises';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpLimits } from '../config/config.ts';
import { systemIds } from '../kernel/ids.ts';
import { createClientAddresses } from './client-addresses.ts';
import type { Exchange } from './exchange.ts';
import { HttpApp } from './http-app.ts';
import { createHttpServer } from './http-server.ts';
import { createManagementApp } from './management-app.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { RequestLimits } from './request-limits.ts';

const LIMITS: HttpLimits = {
  headersTimeoutMs: 1_000,
  keepAliveTimeoutMs: 1_000,
  minBodyBytesPerSecond: 0,
  maxConnections: 0,
  maxConnectionsPerAddress: 0,
  maxRequestsPerAddress: 1,
  maxRequests: { principal: 0, network: 0, instance: 0 },
  maxTransfers: { principal: 0, network: 0, instance: 0 },
  requestRate: { principal: 0, network: 0, instance: 0 },
};

let server: Server;
let metrics: Metrics;
let lines: string[];
let exchanges: Exchange[];
let ended: number;
/** Handlers wait for it. */
let work: PromiseWithResolvers<void>;

beforeEach(async () => {
  lines = [];
  exchanges = [];
  ended = 0;
  work = Promise.withResolvers();
  metrics = createMetrics();
  const logger = pino({ level: 'info' }, { write: (line) => lines.push(line) });
  const begin = (exchange: Exchange) => {
    exchanges.push(exchange);
    exchange.life.onOver(() => {
      ended += 1;
    });
  };
  const app = new HttpApp({
    ids: systemIds,
    logger,
    metrics,
    addresses: createClientAddresses([]),
    limits: new RequestLimits({
      limits: LIMITS,
      now: () => performance.now(),
      onRefusal: (kind) => metrics.refusals.inc({ kind }),
    }),
    answerRegistry: async (exchange) => {
      begin(exchange);
      if (exchange.path === '/v2/slow') await work.promise;
      exchange.sendJson(200, {});
    },
    answerOther: async (exchange) => {
      begin(exchange);
      management.answer(exchange);
    },
  });
  server = createHttpServer({
    limits: LIMITS,
    tls: undefined,
    addresses: createClientAddresses([]),
    answer: (...request) => app.answer(...request),
    onRefusal: (refusal) => app.refuse(refusal),
  });
  const management = createManagementApp(server, logger);
  management.fastify.get('/slow', async () => {
    await work.promise;
    return { done: true };
  });
  management.fastify.post('/body', async (request) => ({ body: request.body }));
  await management.fastify.ready();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  work.resolve();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function open() {
  return connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
}

/** Sends the lines of a head as they are, and reads until the server closes. */
async function ask(...head: readonly string[]): Promise<{ readonly status: number; readonly text: string }> {
  const socket = open();
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const answer = await text(socket);
  return { status: Number(answer.split(' ')[1]), text: answer };
}

const messageOf = (answer: { readonly text: string }) => JSON.parse(answer.text.split('\r\n\r\n')[1] ?? '').errors[0];

async function countRefused(): Promise<number> {
  const { values } = await metrics.requests.get();
  return values.filter(({ labels }) => labels.operation === 'refused').reduce((sum, { value }) => sum + value, 0);
}

describe('what is no request that this server answers', () => {
  it.each([
    ['HTTP/1.1 without a host', 400, ['GET /v2/ HTTP/1.1']],
    ['two hosts', 400, ['GET /v2/ HTTP/1.1', 'Host: a', 'Host: b']],
    ['another expectation', 417, ['PUT /v2/ HTTP/1.1', 'Host: a', 'Expect: 200-ok', 'Content-Length: 2']],
    ['a tunnel', 405, ['CONNECT 127.0.0.1:22 HTTP/1.1', 'Host: a']],
    ['a malformed head', 400, ['GET /v2/ HTTP/1.1', 'Host: a', 'No colon']],
    ['a head that is too large', 431, ['GET /v2/ HTTP/1.1', 'Host: a', ...Array(40).fill(`X: ${'x'.repeat(1_000)}`)]],
    ['an address that is too long', 414, [`GET /${'x'.repeat(40_000)} HTTP/1.1`, 'Host: a']],
  ])('is refused in the shape of /v2, counted and logged: %s', async (_name, status, head) => {
    const answer = await ask(...head);
    expect(answer.status).toBe(status);
    expect(messageOf(answer)).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    expect(answer.text).toMatch(/^content-type: application\/json/im);
    expect(answer.text).toMatch(/^connection: close/im);
    await expect.poll(countRefused).toBe(1);
    await expect.poll(() => lines.length).toBe(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ operation: 'refused', status, address: '127.0.0.1' });
    expect(lines[0]).not.toContain('xxxx');
    expect(exchanges).toEqual([]);
  });

  it('is logged without its target where that is an address, which may have a password in it', async () => {
    expect((await ask('GET http://user:Secret@a/v2/ HTTP/1.1', 'Host: a')).status).toBe(400);
    await expect.poll(() => lines.length).toBe(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ operation: 'refused', status: 400 });
    expect(lines[0]).not.toContain('Secret');
  });

  it('is refused when its head takes too long', async () => {
    const socket = open();
    socket.write('GET /v2/ HTTP/1.1\r\nHost: a\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
    expect(await countRefused()).toBe(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ status: 408, cause: 'ERR_HTTP_REQUEST_TIMEOUT' });
  });

  it('is answered all the same where HTTP/1.0 asks less', async () => {
    expect((await ask('GET /v2/ HTTP/1.0', 'Expect: 200-ok')).status).toBe(200);
    expect(await countRefused()).toBe(0);
  });
});

describe.each(['/v2/slow', '/slow'])('a client of %s that goes away', (path) => {
  it('still has its request until the work for it has ended', async () => {
    const socket = open();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await expect.poll(() => exchanges.length).toBe(1);
    socket.destroy();
    await expect.poll(() => exchanges[0]?.response.closed).toBe(true);
    expect((await ask('GET /v2/ HTTP/1.1', 'Host: a', 'Connection: close')).status).toBe(429);
    expect(ended).toBe(0);
    work.resolve();
    await expect.poll(() => ended).toBe(1);
    expect((await ask('GET /v2/ HTTP/1.1', 'Host: a', 'Connection: close')).status).toBe(200);
  });
});

describe('a request', () => {
  it.each([
    ['GET /v2/ HTTP/1.1', 200],
    ['GET /nothing HTTP/1.1', 404],
    ['GET /%ff HTTP/1.1', 400],
    ['POST /body HTTP/1.1', 200],
    ['HEAD /v2/ HTTP/1.1', 200],
  ])('is over with its answer: %s', async (line, status) => {
    expect((await ask(line, 'Host: a', 'Connection: close')).status).toBe(status);
    await expect.poll(() => ended).toBe(1);
  });

  it('is over when its client leaves in the middle of the body', async () => {
    const socket = open();
    socket.write('POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nabc');
    await expect.poll(() => exchanges.length).toBe(1);
    await tick();
    socket.destroy();
    await expect.poll(() => ended).toBe(1);
    expect(lines.some((line) => JSON.parse(line).level >= 50)).toBe(false);
  });
});
