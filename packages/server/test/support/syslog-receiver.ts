import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { listenLocally } from './listen-locally.ts';

/** A message of RFC 5424, taken apart. */
export interface SyslogMessage {
  readonly priority: number;
  readonly timestamp: string;
  readonly hostname: string;
  readonly application: string;
  readonly processId: string;
  readonly messageId: string;
  /** Of the one element of structured data, unescaped. */
  readonly fields: Readonly<Record<string, string>>;
  readonly text: string;
}

const HEADER =
  /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) /;
const ELEMENT = /^\[([!#-<>-\\^-~]{1,32})((?: [!#-<>-\\^-~]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*)\]/;

/** Takes what the grammar of RFC 5424 § 6 allows, and nothing else. @throws Error */
export function parseSyslogMessage(message: string): SyslogMessage {
  const header = HEADER.exec(message);
  const element = ELEMENT.exec(message.slice(header?.[0].length ?? 0));
  if (header === null || element === null) throw new Error(`not a message: ${JSON.stringify(message.slice(0, 300))}`);
  const rest = message.slice(header[0].length + element[0].length);
  if (!rest.startsWith(' \ufeff')) throw new Error(`not a text: ${JSON.stringify(rest.slice(0, 100))}`);
  const fields: Record<string, string> = {};
  for (const [, name = '', value = ''] of (element[2] ?? '').matchAll(/ ([^ =]+)="((?:[^"\\\]]|\\.)*)"/g)) {
    if (Object.hasOwn(fields, name)) throw new Error(`the field ${name} is there twice`);
    fields[name] = value.replaceAll(/\\(["\\\]])/g, '$1');
  }
  const [, priority, timestamp = '', hostname = '', application = '', processId = '', messageId = ''] = header;
  const text = rest.slice(2);
  return { priority: Number(priority), timestamp, hostname, application, processId, messageId, fields, text };
}

/** Frames of octet counting (RFC 6587 § 3.4.1) and nothing else. @throws Error, also for an end within a frame */
export function parseFrames(bytes: Buffer): readonly string[] {
  const { frames, rest } = takeFrames(bytes);
  if (rest.length > 0) throw new Error(`${rest.length} bytes are no whole frame`);
  return frames;
}

function takeFrames(bytes: Buffer): { readonly frames: readonly string[]; readonly rest: Buffer } {
  const frames: string[] = [];
  let rest = bytes;
  for (;;) {
    const head = /^([1-9]\d{0,6}) /.exec(rest.subarray(0, 8).toString('latin1'));
    if (head === null) {
      if (rest.length >= 8) throw new Error(`not a frame: ${rest.subarray(0, 8).toString('latin1')}`);
      return { frames, rest };
    }
    const start = head[0].length;
    const end = start + Number(head[1]);
    if (rest.length < end) return { frames, rest };
    const body = rest.subarray(start, end);
    const text = body.toString();
    if (!Buffer.from(text).equals(body)) throw new Error('a message is not UTF-8');
    frames.push(text);
    rest = rest.subarray(end);
  }
}

/** A syslog receiver on this machine that takes frames strictly, and can die in the middle of a batch. */
export class SyslogReceiver {
  readonly messages: SyslogMessage[] = [];
  /** What it could not take. */
  readonly faults: unknown[] = [];
  connections = 0;
  /** The connection is torn down after so many more messages. */
  diesAfter = Number.POSITIVE_INFINITY;
  port = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(tls?: { readonly certPem: string; readonly keyPem: string }) {
    const accept = (socket: Socket) => this.#accept(socket);
    this.#server =
      tls === undefined ? createServer(accept) : createTlsServer({ cert: tls.certPem, key: tls.keyPem }, accept);
    this.#server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy());
  }

  async open(port = 0): Promise<void> {
    this.port = await listenLocally(this.#server, port);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    let waiting = Buffer.alloc(0);
    socket.on('data', (piece: Buffer) => {
      waiting = Buffer.concat([waiting, piece]);
      try {
        const { frames, rest } = takeFrames(waiting);
        waiting = Buffer.from(rest);
        for (const frame of frames) {
          if (this.diesAfter === 0) {
            this.diesAfter = Number.POSITIVE_INFINITY;
            socket.resetAndDestroy();
            return;
          }
          this.messages.push(parseSyslogMessage(frame));
          this.diesAfter -= 1;
        }
      } catch (error) {
        this.faults.push(error);
        socket.destroy();
      }
    });
    socket.on('end', () => {
      if (waiting.length > 0) this.faults.push(new Error('the connection ended within a frame'));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
