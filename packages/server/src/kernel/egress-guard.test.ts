import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSelfSignedCertificate } from '../../test/support/create-self-signed-certificate.ts';
import { listenLocally } from '../../test/support/listen-locally.ts';
import { createEgressGuard, type EgressAddress, EgressError, type EgressGuard } from './egress-guard.ts';

interface Seen {
  readonly host: string | undefined;
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real server on the loopback address that tells what reached it. */
class Canary {
  readonly seen: Seen[] = [];
  connections = 0;
  answer: (request: Seen, response: ServerResponse) => void = (_, response) => response.end('hello');
  readonly #server: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method, url, headers } = request;
      const seen = { host: headers.host, method, url, headers, body: Buffer.concat(pieces).toString() };
      this.seen.push(seen);
      this.answer(seen, response);
    });
  });
  port = 0;

  async open(): Promise<void> {
    this.#server.on('connection', () => {
      this.connections += 1;
    });
    this.port = await listenLocally(this.#server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const LOOPBACK: EgressAddress = { address: '127.0.0.1', family: 4 };
const PUBLIC: EgressAddress = { address: '93.184.215.14', family: 4 };

let canary: Canary;
let guards: EgressGuard[];

function open(options: Partial<Parameters<typeof createEgressGuard>[0]> = {}): EgressGuard {
  const guard = createEgressGuard({ allow: [], resolve: async () => [LOOPBACK], ...options });
  guards.push(guard);
  return guard;
}

async function causeOf(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EgressError);
  const messages: string[] = [];
  for (let cause = (error as EgressError).cause; cause instanceof Error; cause = cause.cause)
    messages.push(cause.message);
  return messages.join(' / ');
}

beforeEach(async () => {
  guards = [];
  canary = new Canary();
  await canary.open();
});

afterEach(async () => {
  await Promise.all(guards.map((guard) => guard.close()));
  await canary.close();
});

describe('an address that users may not reach', () => {
  it.each([
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://2130706433:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://0x7f.0x0.0x0.0x1:PORT/',
    'http://0x7f000001:PORT/',
    'http://0.0.0.0:PORT/',
    'http://0:PORT/',
    'http://[::1]:PORT/',
    'http://[::]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[::127.0.0.1]:PORT/',
    'http://[64:ff9b::127.0.0.1]:PORT/',
    'http://[64:ff9b:1::7f00:1]:PORT/',
    'http://[2002:7f00:1::]:PORT/',
    'http://[2001:0:7f00:1::]:PORT/',
    'http://[fe80::1]:PORT/',
    'http://[fd00:ec2::254]:PORT/',
    'http://[ff02::1]:PORT/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://100.100.100.200/',
    'http://192.0.0.192/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://１２７.０.０.１:PORT/',
    'http://①②⑦.0.0.1:PORT/',
    'https://localhost:PORT/',
    'http://rebound.example:PORT/',
  ])('is refused before a connection: %s', async (pattern) => {
    const cause = await causeOf(open().fetch(pattern.replace('PORT', String(canary.port))));
    expect(cause).toContain('which users may not connect to');
    expect(canary.connections).toBe(0);
  });

  it.each(['ftp://x.example/', 'file:///etc/passwd', 'gopher://127.0.0.1:PORT/', 'data:,hello', 'nonsense'])(
    'is refused when it is not http or https: %s',
    async (address) => {
      await causeOf(open({ allow: ['127.0.0.1/32'] }).fetch(address.replace('PORT', String(canary.port))));
      expect(canary.connections).toBe(0);
    },
  );

  it('is refused when credentials stand in it, which hide where it leads', async () => {
    const guard = open({ allow: ['127.0.0.1/32'] });
    expect(await causeOf(guard.fetch(`http://good.example@127.0.0.1:${canary.port}/`))).toContain('credentials');
    expect(canary.connections).toBe(0);
  });

  it('is refused when only one of the addresses of its name is bad', async () => {
    const guard = open({ resolve: async () => [PUBLIC, LOOPBACK] });
    expect(await causeOf(guard.fetch(`http://both.example:${canary.port}/`))).toContain('may not connect');
    expect(canary.connections).toBe(0);
  });

  it('gives the same text whether it was refused, is closed, or does not resolve', async () => {
    const unused = createTcpServer();
    const closedPort = await listenLocally(unused);
    await new Promise((resolve) => unused.close(resolve));
    const guard = open({
      allow: ['127.0.0.1/32'],
      resolve: async (host) => {
        if (host === 'private.example') return [{ address: '10.1.2.3', family: 4 }];
        throw new Error('ENOTFOUND');
      },
    });
    const texts = new Set<string>();
    for (const url of ['http://private.example/', 'http://none.example/', `http://127.0.0.1:${closedPort}/`]) {
      await guard.fetch(url).catch((error: Error) => texts.add(error.message));
    }
    expect(texts.size).toBe(1);
  });
});

describe('an address that the operator allows', () => {
  it.each([
    [['127.0.0.0/8'], 'http://127.0.0.1:PORT/'],
    [['127.0.0.1'], 'http://2130706433:PORT/'],
    [['127.0.0.1/32'], 'http://some.example:PORT/'],
    [['hooks.corp.example'], 'http://Hooks.corp.example.:PORT/'],
    [['*.corp.example'], 'http://a.b.corp.example:PORT/'],
  ])('is reached: %s', async (allow, pattern) => {
    const response = await open({ allow }).fetch(pattern.replace('PORT', String(canary.port)));
    expect(await response.text()).toBe('hello');
  });

  it.each([
    [['*.corp.example'], 'http://corp.example:PORT/'],
    [['*.corp.example'], 'http://evilcorp.example:PORT/'],
    [['corp.example'], 'http://a.corp.example:PORT/'],
    [['10.0.0.0/8', '::1/128'], 'http://127.0.0.1:PORT/'],
    [['*.0.0.1'], 'http://127.0.0.1:PORT/'],
  ])('does not open others: %s', async (allow, pattern) => {
    await causeOf(open({ allow }).fetch(pattern.replace('PORT', String(canary.port))));
    expect(canary.connections).toBe(0);
  });
});

describe('a name that resolves differently each time', () => {
  it('is resolved once for a connection, and the connection goes to what was checked', async () => {
    const answers = [LOOPBACK, { address: '10.0.0.9', family: 4 } as const];
    let asked = 0;
    const guard = open({
      allow: ['127.0.0.1/32'],
      resolve: async () => [answers[asked++] ?? LOOPBACK],
    });
    const response = await guard.fetch(`http://rebind.example:${canary.port}/`);
    expect(await response.text()).toBe('hello');
    expect(asked).toBe(1);
    expect(canary.seen[0]?.host).toBe(`rebind.example:${canary.port}`);
  });

  it('is refused as soon as an answer is bad, also for the next hop of a redirect', async () => {
    const answers = [LOOPBACK, { address: '169.254.169.254', family: 4 } as const];
    let asked = 0;
    const guard = open({ allow: ['127.0.0.1/32'], resolve: async () => [answers[asked++] ?? LOOPBACK] });
    canary.answer = (_, response) => {
      response.writeHead(302, { location: `http://rebind.example:${canary.port + 1}/`, connection: 'close' }).end();
    };
    expect(await causeOf(guard.fetch(`http://rebind.example:${canary.port}/`))).toContain('169.254.169.254');
    expect(asked).toBe(2);
  });

  it('falls back to its next address when the first does not answer', async () => {
    const guard = open({
      allow: ['127.0.0.0/8'],
      resolve: async () => [{ address: '127.0.0.2', family: 4 }, LOOPBACK],
    });
    expect((await guard.fetch(`http://two.example:${canary.port}/`)).status).toBe(200);
  });
});

describe('a certificate', () => {
  it('is checked for the name, though the connection goes to the address', async () => {
    const hour = 3_600_000;
    const period = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) };
    const { certPem, keyPem } = createSelfSignedCertificate({ name: 'right.example', ...period });
    const names: unknown[] = [];
    const server = createHttpsServer({ cert: certPem, key: keyPem }, (_, response) => response.end('sealed'));
    server.on('secureConnection', (socket: TLSSocket & { readonly servername?: unknown }) =>
      names.push(socket.servername),
    );
    const port = await listenLocally(server);
    try {
      const guard = open({ allow: ['127.0.0.1/32'], certificateAuthorities: [certPem] });
      expect(await (await guard.fetch(`https://right.example:${port}/`)).text()).toBe('sealed');
      expect(names).toEqual(['right.example']);
      expect(await causeOf(guard.fetch(`https://wrong.example:${port}/`))).toContain('wrong.example');
      expect(await causeOf(open({ allow: ['127.0.0.1/32'] }).fetch(`https://right.example:${port}/`))).toContain(
        'self',
      );
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('a redirect', () => {
  const allow = ['127.0.0.1/32'];
  const resolve = async () => [LOOPBACK];

  function redirectTo(location: string, status = 302): void {
    canary.answer = ({ url }, response) => {
      if (url === '/end') response.end('end');
      else response.writeHead(status, { location }).end();
    };
  }

  const secret = { authorization: 'Bearer t', cookie: 'c=1', 'x-api-key': 'k', accept: 'text/plain' };

  it('keeps all headers on the same origin', async () => {
    redirectTo('/end');
    const guard = open({ allow, resolve });
    expect(await (await guard.fetch(`http://a.example:${canary.port}/`, { headers: secret })).text()).toBe('end');
    expect(canary.seen[1]?.headers).toMatchObject(secret);
  });

  it('takes only harmless headers to another origin, and never brings credentials back', async () => {
    canary.answer = ({ url, host }, response) => {
      if (url === '/end') response.end('end');
      else if (host?.startsWith('a.')) response.writeHead(302, { location: `http://b.example:${canary.port}/` }).end();
      else response.writeHead(302, { location: `http://a.example:${canary.port}/end` }).end();
    };
    const guard = open({ allow, resolve });
    await guard.fetch(`http://a.example:${canary.port}/`, { headers: secret });
    expect(canary.seen.map(({ host }) => host?.split('.')[0])).toEqual(['a', 'b', 'a']);
    for (const { headers } of canary.seen.slice(1)) {
      expect(headers).toMatchObject({ accept: 'text/plain' });
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('cookie');
      expect(headers).not.toHaveProperty('x-api-key');
    }
  });

  it.each(['http://169.254.169.254/', 'http://127.0.0.2/', 'file:///etc/passwd', 'http://u:p@a.example/'])(
    'is checked like the first address: %s',
    async (location) => {
      redirectTo(location);
      await causeOf(open({ allow, resolve }).fetch(`http://a.example:${canary.port}/`));
      expect(canary.seen).toHaveLength(1);
    },
  );

  it('is followed five times and no more', async () => {
    redirectTo('/again');
    expect(await causeOf(open({ allow, resolve }).fetch(`http://a.example:${canary.port}/`))).toContain('more than 5');
    expect(canary.seen).toHaveLength(6);
  });

  it('repeats a body on the same origin, drops it for GET, and never takes it to another origin', async () => {
    const guard = open({ allow, resolve });
    const post = { method: 'post', body: '{"password":1}', headers: { 'content-type': 'application/json' } };
    redirectTo('/end', 307);
    await guard.fetch(`http://a.example:${canary.port}/`, post);
    expect(canary.seen[1]).toMatchObject({ method: 'POST', body: '{"password":1}' });
    redirectTo(`http://b.example:${canary.port}/end`, 303);
    await guard.fetch(`http://a.example:${canary.port}/`, post);
    expect(canary.seen[3]).toMatchObject({ method: 'GET', body: '' });
    redirectTo(`http://b.example:${canary.port}/end`, 308);
    expect(await causeOf(guard.fetch(`http://a.example:${canary.port}/`, post))).toContain('body');
    expect(canary.seen).toHaveLength(5);
  });
});

describe('limits', () => {
  const allow = ['127.0.0.1/32'];

  it('end an answer that is too long, declared or not, also after decompression', async () => {
    const guard = open({ allow });
    const url = `http://a.example:${canary.port}/`;
    canary.answer = (_, response) => response.end('x'.repeat(2_000));
    await causeOf(guard.fetch(url, { maxResponseBytes: 1_000 }));
    canary.answer = (_, response) => {
      response.write('x'.repeat(600));
      response.end('x'.repeat(600));
    };
    const streamed = await guard.fetch(url, { maxResponseBytes: 1_000 });
    await expect(streamed.text()).rejects.toThrow(EgressError);
    canary.answer = (_, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('x'.repeat(100_000)));
    };
    const bomb = await guard.fetch(url, { maxResponseBytes: 1_000 });
    await expect(bomb.text()).rejects.toThrow(EgressError);
    expect((await guard.fetch(url, { method: 'HEAD', maxResponseBytes: 10 })).status).toBe(200);
  });

  it('end the wait for a resolver and for an answer', async () => {
    const never = () => new Promise<never>(() => undefined);
    const stuck = open({ resolve: never, connectTimeoutMs: 20 });
    expect(await causeOf(stuck.fetch('http://slow.example/'))).toContain('no connection within 20 ms');
    expect(await causeOf(stuck.lookup('slow.example'))).toContain('no connection within 20 ms');
    canary.answer = () => undefined;
    await causeOf(open({ allow }).fetch(`http://a.example:${canary.port}/`, { timeoutMs: 50 }));
    const abort = new AbortController();
    const aborted = open({ allow }).fetch(`http://a.example:${canary.port}/`, { signal: abort.signal });
    abort.abort();
    await causeOf(aborted);
  });
});

describe('a lookup for a raw connection', () => {
  it('gives the checked address, of names and of literals', async () => {
    const guard = open({ resolve: async () => [PUBLIC] });
    expect(await guard.lookup('ldap.example')).toEqual(PUBLIC);
    expect(await guard.lookup('[2606:4700::1111]')).toEqual({ address: '2606:4700::1111', family: 6 });
  });

  it('refuses what fetch refuses, whatever the resolver makes of odd spellings', async () => {
    for (const host of ['127.0.0.1', '::1', '[::ffff:10.0.0.1]', 'localhost', '0x7f.1', '2130706433', 'fe80::1%lo']) {
      await expect(open().lookup(host), host).rejects.toThrow(EgressError);
    }
    await expect(createEgressGuard({ allow: [] }).lookup('localhost')).rejects.toThrow(EgressError);
    await expect(open({ resolve: async () => [] }).lookup('empty.example')).rejects.toThrow(EgressError);
  });
});
