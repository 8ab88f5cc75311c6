import { once } from 'node:events';
import { mkdtemp, readdir, readlink, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { Agent, createServer, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Exchange } from '../exchange.ts';
import type { BlobAnswer } from './blob-accelerator.ts';
import { bytesPastNode } from './bytes-past-node.ts';
import { createSendfileAccelerator } from './sendfile-accelerator.ts';
import { loadSystemSendfile, type Sendfile } from './system-sendfile.ts';

const SIZE = 6_000_000;
const bytes = Buffer.from(Uint32Array.from({ length: SIZE / 4 }, (_, index) => index * 2_654_435_761).buffer);
const systemSendfile = loadSystemSendfile();

describe('sendfile from this process', () => {
  let folder: string;
  let file: string;
  let server: Server;
  let agent: Agent;
  let sendfile: Sendfile;
  /** What the calls returned. */
  let returned: (number | string)[];
  let failures: unknown[];
  let exchanges: Exchange[];

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), 'roadstead-sendfile-')));
    file = path.join(folder, 'blob');
    await writeFile(file, bytes);
    sendfile = systemSendfile;
    [returned, failures, exchanges] = [[], [], []];
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
    server = createServer((incoming, response) => {
      const exchange = new Exchange({
        request: incoming,
        response,
        requestId: 'test',
        address: '',
        host: undefined,
        startedAt: 0,
        expectsContinue: false,
      });
      exchanges.push(exchange);
      answer(exchange).catch((error: unknown) => {
        failures.push(error);
        response.destroy();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  /** `GET /<start>-<end>`: by the accelerator if it takes it, else from memory. */
  async function answer(exchange: Exchange): Promise<void> {
    const [start = 0, end = SIZE] = (/^\/(\d+)-(\d+)$/.exec(exchange.path) ?? []).slice(1).map(Number);
    const headers = { 'Content-Length': end - start };
    const wanted: BlobAnswer = { status: 200, headers, start, end };
    const accelerator = createSendfileAccelerator((...call) => {
      const result = sendfile(...call);
      returned.push(result);
      return result;
    });
    if (
      accelerator.takes(exchange, wanted) &&
      (await accelerator.send(exchange, wanted, { kind: 'file', path: file, sizeBytes: SIZE }))
    )
      return;
    exchange.response.writeHead(200, { ...headers, 'X-Ordinary': 'yes' });
    exchange.response.end(bytes.subarray(start, end));
  }

  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function get(range: string): Promise<{ readonly body: Buffer; readonly isOrdinary: boolean }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ body: Buffer; isOrdinary: boolean }>();
    request(`${url()}/${range}`, { agent }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ body: Buffer.concat(pieces), isOrdinary: response.headers['x-ordinary'] !== undefined });
      });
    })
      .on('error', reject)
      .end();
    return promise;
  }

  async function countOpenFiles(): Promise<number> {
    const descriptors = await readdir('/proc/self/fd');
    const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    return targets.filter((target) => target.startsWith(folder)).length;
  }

  function open(requests: string): Socket {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(requests);
    return socket;
  }

  it('sends right bytes, answer after answer on one connection, and counts what went past Node', async () => {
    const ranges = [
      [0, SIZE],
      [1, 262_146],
      [5_000_000, SIZE],
      [3, 4],
      [777, 3_000_000],
    ] as const;
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    for (const [start, end] of ranges) {
      const { body, isOrdinary } = await get(`${start}-${end}`);
      expect(body.equals(bytes.subarray(start, end))).toBe(true);
      expect(isOrdinary).toBe(end - start <= 262_144);
    }
    const expectedPastNode = returned.reduce<number>((sum, sent) => sum + (typeof sent === 'number' ? sent : 0), 0);
    expect(sockets.size).toBe(1);
    const [socket] = sockets;
    expect(expectedPastNode).toBeGreaterThan(9_000_000);
    expect(socket && bytesPastNode(socket)).toBe(expectedPastNode);
    expect(failures).toEqual([]);
    expect(await countOpenFiles()).toBe(0);
  });

  it('sends right bytes to a client that reads slowly, whose connection is full again and again', async () => {
    const socket = open('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece);
      socket.pause();
      setTimeout(() => socket.resume(), 2);
    });
    await once(socket, 'close');
    const received = Buffer.concat(pieces);
    expect(received.subarray(received.indexOf('\r\n\r\n') + 4).equals(bytes)).toBe(true);
    expect(returned).toContain('full');
    expect(failures).toEqual([]);
  });

  it('sends right bytes whatever the calls take', async () => {
    let turn = 0;
    sendfile = (socketFd, fileFd, position, length) => {
      turn += 1;
      if (turn % 3 === 0) return 'full';
      return systemSendfile(socketFd, fileFd, position, Math.min(length, turn % 2 === 0 ? 1 : 99_991));
    };
    expect((await get('5-2000000')).body.equals(bytes.subarray(5, 2_000_000))).toBe(true);
    expect(returned.filter((result) => result === 'full').length).toBeGreaterThan(5);
  });

  it('answers requests that were sent at once in their order, each with its own bytes', async () => {
    const ask = (range: string, last = '') => `GET /${range} HTTP/1.1\r\nHost: a\r\n${last}\r\n`;
    const socket = open(
      ask('0-1000000') + ask('1000000-2500000') + ask('7-9') + ask('2-900000', 'Connection: close\r\n'),
    );
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    await once(socket, 'close');
    let rest: Buffer = Buffer.concat(pieces);
    for (const [start, end] of [
      [0, 1_000_000],
      [1_000_000, 2_500_000],
      [7, 9],
      [2, 900_000],
    ] as const) {
      const head = rest.indexOf('\r\n\r\n') + 4;
      expect(rest.subarray(0, 15).toString()).toBe('HTTP/1.1 200 OK');
      expect(rest.subarray(head, head + end - start).equals(bytes.subarray(start, end))).toBe(true);
      rest = rest.subarray(head + end - start);
    }
    expect(rest.length).toBe(0);
    expect(failures).toEqual([]);
  });

  it('frees the file and says why when the client goes away half-way', async () => {
    const socket = open('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
    socket.pause();
    await expect.poll(() => returned.at(-1)).toBe('full');
    socket.resetAndDestroy();
    await expect.poll(() => failures.length).toBe(1);
    expect(exchanges[0]?.signal.aborted).toBe(true);
    expect(failures[0]).toBe(exchanges[0]?.signal.reason);
    await expect.poll(countOpenFiles).toBe(0);
  });

  it('takes a connection that the system calls broken for a client that has gone', async () => {
    sendfile = () => 'gone';
    await expect(get(`0-${SIZE}`)).rejects.toThrow(/aborted|hang up|reset/);
    await expect.poll(() => failures).toEqual([exchanges[0]?.signal.reason]);
  });

  it('never ends short: a failing call, or a file that ends, breaks the connection', async () => {
    sendfile = (...call) => (returned.length < 2 ? systemSendfile(...call) : 'other');
    await expect(get(`0-${SIZE}`)).rejects.toThrow(/aborted|hang up|reset/);
    sendfile = systemSendfile;
    await truncate(file, 3_000_000);
    await expect(get(`0-${SIZE}`)).rejects.toThrow(/aborted|hang up|reset/);
    expect(failures.map(String)).toEqual([
      expect.stringMatching(/sendfile failed at byte \d+/),
      expect.stringMatching(/ends at byte 3000000, too early/),
    ]);
    await expect.poll(countOpenFiles).toBe(0);
  });

  it('sends nothing of a file that is not there, or does not reach the range', async () => {
    await truncate(file, 100);
    await expect(get(`200-${SIZE}`)).rejects.toThrow(/aborted|hang up|reset/);
    expect(exchanges[0]?.response.headersSent).toBe(false);
    expect(failures.map(String)).toEqual([expect.stringMatching(/ends at byte 200, too early/)]);
    await rm(file);
    expect((await get(`0-${SIZE}`)).isOrdinary).toBe(true);
  });

  it('keeps a connection alive that only it writes to', async () => {
    server.timeout = 250;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    sendfile = (socketFd, fileFd, position, length) => {
      Atomics.wait(pause, 0, 0, 5);
      return systemSendfile(socketFd, fileFd, position, Math.min(length, 8_192));
    };
    const startedAt = performance.now();
    expect((await get('0-1000000')).body.length).toBe(1_000_000);
    expect(performance.now() - startedAt).toBeGreaterThan(500);
  });

  it('leaves to Node what is not a whole connection of its own', async () => {
    const accelerator = createSendfileAccelerator(systemSendfile);
    const wanted: BlobAnswer = { status: 200, headers: { 'Content-Length': SIZE }, start: 0, end: SIZE };
    const { promise, resolve } = Promise.withResolvers<void>();
    server.removeAllListeners('request');
    const seen: Record<string, boolean> = {};
    server.on('request', (incoming, response) => {
      const of = (other: { method?: string; response?: ServerResponse; httpVersion?: string } = {}) =>
        accelerator.takes(
          new Exchange({
            request: Object.assign(Object.create(incoming), other),
            response: other.response ?? response,
            requestId: 'test',
            address: '',
            host: undefined,
            startedAt: 0,
            expectsContinue: false,
          }),
          wanted,
        );
      const { socket } = response;
      if (socket === null) throw new Error('a first answer has its connection');
      response.setMaxListeners(0);
      seen['plain'] = of();
      seen['HEAD'] = of({ method: 'HEAD' });
      seen['HTTP/1.0'] = of({ httpVersion: '1.0' });
      Object.assign(socket, { encrypted: true });
      seen['TLS'] = of();
      Reflect.deleteProperty(socket, 'encrypted');
      socket.cork();
      seen['corked'] = of();
      socket.uncork();
      // More than the system's buffers take: Node keeps the rest.
      response.write(Buffer.alloc(64 * 1024 * 1024));
      seen['unwritten bytes'] = of();
      socket.destroy();
      seen['closed'] = of();
      resolve();
    });
    const socket = open('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.pause();
    await promise;
    expect(seen).toEqual({
      plain: true,
      HEAD: false,
      'HTTP/1.0': false,
      TLS: false,
      corked: false,
      'unwritten bytes': false,
      closed: false,
    });
    socket.destroy();
  });
});
