import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { listenLocally } from '../listen-locally.ts';
import { classifyS3Call, type S3Call, type S3Fault } from './s3-fault.ts';

export interface S3FaultProxy {
  readonly endpoint: string;
  /** Lets a fault happen to the next `count` calls of a kind, each of which then counts as struck. */
  plan(call: S3Call, fault: S3Fault, count?: number): void;
  /** No more faults from now on. */
  heal(): void;
  /** The calls that were seen since the last look, whatever became of them. */
  takeCalls(): readonly S3Call[];
  /** How many faults have struck. */
  readonly struck: number;
  close(): Promise<void>;
}

interface Planned {
  readonly call: S3Call;
  readonly fault: S3Fault;
  left: number;
}

/** Passes calls on to an object store, byte for byte, and lets planned faults happen to them. @param host on which it listens */
export async function startS3FaultProxy(storeEndpoint: string, host = '127.0.0.1'): Promise<S3FaultProxy> {
  const store = new URL(storeEndpoint);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let planned: Planned[] = [];
  let calls: S3Call[] = [];
  let struck = 0;
  const takeFault = (call: S3Call | undefined): S3Fault | undefined => {
    const plan = planned.find((each) => each.call === call && each.left > 0);
    if (plan === undefined) return undefined;
    plan.left -= 1;
    struck += 1;
    return plan.fault;
  };
  const server = createServer((incoming, answer) => {
    const call = classifyS3Call(incoming.method ?? '', incoming.url ?? '/', incoming.headers);
    if (call !== undefined) calls.push(call);
    new Passage({ incoming, answer, store, agent }).run(takeFault(call)).catch(() => answer.destroy());
  });
  server.keepAliveTimeout = 60_000;
  const port = await listenLocally(server, 0, host);
  return {
    endpoint: `http://${host}:${port}`,
    plan: (call, fault, count = 1) => void planned.push({ call, fault, left: count }),
    heal: () => {
      planned = [];
    },
    takeCalls: () => {
      const taken = calls;
      calls = [];
      return taken;
    },
    get struck() {
      return struck;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}

interface PassageInit {
  readonly incoming: IncomingMessage;
  readonly answer: ServerResponse;
  readonly store: URL;
  readonly agent: Agent;
}

/** One call on its way to the store and back. */
class Passage {
  readonly #incoming: IncomingMessage;
  readonly #answer: ServerResponse;
  readonly #store: URL;
  readonly #agent: Agent;

  constructor({ incoming, answer, store, agent }: PassageInit) {
    this.#incoming = incoming;
    this.#answer = answer;
    this.#store = store;
    this.#agent = agent;
  }

  async run(fault: S3Fault | undefined): Promise<void> {
    switch (fault?.kind) {
      case 'reset':
        return reset(this.#incoming.socket);
      case 'black-hole':
        return this.#swallow();
      case 'slow-down':
        return this.#refuse(503, 'SlowDown');
      case 'internal-error':
        return this.#refuse(500, 'InternalError');
      case 'lost-part':
        return this.#pretendPart();
      case 'stale-list':
        return this.#answerEmptyList();
      case 'latency':
        await delay(fault.milliseconds);
        return this.#pass(await this.#ask());
      case 'corrupt-request':
        return this.#pass(await this.#ask(flipFirstBit()));
      case 'reset-after-success':
        (await this.#ask()).resume();
        return reset(this.#incoming.socket);
      case 'timeout-after-success':
        return void (await this.#ask()).resume();
      case 'error-in-200':
        (await this.#ask()).resume();
        return this.#send(200, errorXml('InternalError'));
      case 'truncate':
      case 'half-close':
        return this.#cut(await this.#ask(), fault);
      case undefined:
        return this.#pass(await this.#ask());
    }
  }

  /** Sends the request to the store. @returns the head of its answer */
  async #ask(change?: Transform): Promise<IncomingMessage> {
    const { method, url, headers } = this.#incoming;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = request(new URL(url ?? '/', this.#store), { method, headers, agent: this.#agent }, resolve);
    outgoing.on('error', reject);
    const sent = change === undefined ? pipeline(this.#incoming, outgoing) : pipeline(this.#incoming, change, outgoing);
    sent.catch(reject);
    return promise;
  }

  async #pass(answer: IncomingMessage): Promise<void> {
    this.#answer.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, this.#answer);
  }

  async #cut(answer: IncomingMessage, fault: { readonly kind: string; readonly bytes: number }): Promise<void> {
    const body = await buffer(answer);
    const { socket } = this.#incoming;
    this.#answer.writeHead(answer.statusCode ?? 502, answer.headers);
    this.#answer.flushHeaders();
    this.#answer.write(body.subarray(0, fault.bytes), () => {
      if (fault.kind === 'truncate') reset(socket);
      else socket.end();
    });
  }

  /** Reads it all, as a network does that then loses it. */
  #swallow(): void {
    this.#incoming.resume();
  }

  async #refuse(status: number, code: string): Promise<void> {
    await this.#readAll();
    this.#send(status, errorXml(code));
  }

  async #pretendPart(): Promise<void> {
    await this.#readAll();
    this.#answer.setHeader('ETag', `"${'0'.repeat(32)}"`);
    this.#send(200, '');
  }

  async #answerEmptyList(): Promise<void> {
    await this.#readAll();
    const name = this.#incoming.url?.includes('uploads') ? 'ListMultipartUploadsResult' : 'ListBucketResult';
    this.#send(200, `<?xml version="1.0"?><${name}><IsTruncated>false</IsTruncated></${name}>`);
  }

  async #readAll(): Promise<void> {
    for await (const _ of this.#incoming);
  }

  #send(status: number, body: string): void {
    this.#answer.writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': Buffer.byteLength(body) });
    this.#answer.end(body);
  }
}

function flipFirstBit(): Transform {
  let isFirst = true;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      const changed = Buffer.from(piece);
      if (isFirst) changed[0] = (changed[0] ?? 0) ^ 1;
      isFirst = false;
      done(null, changed);
    },
  });
}

function reset(socket: Socket): void {
  socket.resetAndDestroy();
}

function errorXml(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>planted</Message></Error>`;
}
