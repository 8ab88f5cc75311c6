import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenLocally } from '../listen-locally.ts';
import { startTcpFaultProxy, type TcpFaultProxy } from './tcp-fault-proxy.ts';

const QUIET_MS = 150;

describe('the TCP fault proxy', () => {
  let echo: Server;
  let proxy: TcpFaultProxy;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    echo = startEcho('');
    proxy = await startTcpFaultProxy({ host: '127.0.0.1', port: await listenLocally(echo) });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.close();
    echo.close();
  });

  function startEcho(greeting: string): Server {
    return createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      if (greeting !== '') socket.write(greeting);
      socket.pipe(socket);
    });
  }

  function dial(): Conversation {
    const socket = connect(proxy.port, proxy.host);
    sockets.push(socket);
    return new Conversation(socket);
  }

  it('passes bytes and ends on, both ways', async () => {
    const client = dial();
    client.say('hello');
    await expect.poll(() => client.heard).toBe('hello');
    client.socket.end();
    await expect.poll(() => client.end).toBe('ended');
    await expect.poll(() => proxy.connectionCount).toBe(0);
  });

  it('brings everything late under latency', async () => {
    const client = dial();
    proxy.impose({ kind: 'latency', milliseconds: QUIET_MS });
    const startedAt = performance.now();
    client.say('late');
    await expect.poll(() => client.heard).toBe('late');
    // Once on its way there, and once back.
    expect(performance.now() - startedAt).toBeGreaterThan(2 * QUIET_MS - 20);
  });

  it('resets open and new connections', async () => {
    const open = dial();
    open.say('a');
    await expect.poll(() => open.heard).toBe('a');
    proxy.impose({ kind: 'reset' });
    await expect.poll(() => open.end).toBe('ECONNRESET');
    const fresh = dial();
    fresh.say('b');
    await expect.poll(() => fresh.end).toBe('ECONNRESET');
    proxy.heal();
    const later = dial();
    later.say('c');
    await expect.poll(() => later.heard).toBe('c');
  });

  it.each(['both', 'to-server', 'to-client'] as const)(
    'swallows %s, and delivers after the healing what was sent meanwhile',
    async (direction) => {
      const client = dial();
      client.say('a');
      await expect.poll(() => client.heard).toBe('a');
      proxy.impose({ kind: 'black-hole', direction });
      client.say('b');
      await delay(QUIET_MS);
      expect([client.heard, client.end]).toEqual(['a', undefined]);
      proxy.heal();
      await expect.poll(() => client.heard).toBe('ab');
    },
  );

  it.each([
    ['truncate', 'ECONNRESET'],
    ['half-close', 'ended'],
  ] as const)('cuts the answer after so many bytes: %s', async (kind, end) => {
    const client = dial();
    client.say('ab');
    await expect.poll(() => client.heard).toBe('ab');
    proxy.impose({ kind, bytes: 3 });
    client.say('cdefg');
    await expect.poll(() => client.end).toBe(end);
    // A reset may overtake the last bytes.
    expect('abcde'.startsWith(client.heard)).toBe(true);
  });

  it('moves to another target, with a reset of what was open', async () => {
    const other = startEcho('other ');
    const open = dial();
    open.say('a');
    await expect.poll(() => open.heard).toBe('a');
    proxy.retarget({ host: '127.0.0.1', port: await listenLocally(other) });
    await expect.poll(() => open.end).toBe('ECONNRESET');
    const fresh = dial();
    fresh.say('b');
    await expect.poll(() => fresh.heard).toBe('other b');
    other.close();
  });
});

class Conversation {
  readonly socket: Socket;
  heard = '';
  end: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data) => {
      this.heard += String(data);
    });
    socket.on('end', () => {
      this.end ??= 'ended';
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.end ??= error.code;
    });
  }

  say(text: string): void {
    this.socket.write(text);
  }
}
