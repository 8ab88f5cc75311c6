import { type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { listenLocally } from '../../../server/test/support/listen-locally.ts';

/** What shall go wrong with one request. */
export interface Fault {
  /** Breaks the connection when so many bytes of the answer have gone through. */
  readonly cutAnswerAfterBytes?: number;
  /** Sends so many bytes of the answer and then nothing more, with the connection open. */
  readonly stallAnswerAfterBytes?: number;
  /** Breaks the connection when so many bytes of the request have gone through. */
  readonly cutRequestAfterBytes?: number;
  /** Changes the first byte of the answer. */
  readonly corruptAnswer?: boolean;
}

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface FaultyProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly requests: readonly ProxiedRequest[];
  /** Resolves when the next stall has begun. */
  stalled(): Promise<void>;
}

/** Passes everything on to the server at `targetHost`, except for the faults that `plan` asks for. */
export async function openFaultyProxy(
  targetHost: string,
  plan: (request: ProxiedRequest) => Fault | undefined,
): Promise<FaultyProxy> {
  const requests: ProxiedRequest[] = [];
  const stall = Promise.withResolvers<void>();
  const server = createServer((incoming, answer) => {
    const seen = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers };
    requests.push(seen);
    const fault = plan(seen) ?? {};
    const outgoing = request(`http://${targetHost}${seen.path}`, { method: seen.method, headers: seen.headers });
    outgoing.on('error', () => answer.destroy());
    outgoing.on('response', (response) => passAnswer(response, answer, fault, stall.resolve));
    passRequest(incoming, outgoing, fault);
  });
  const port = await listenLocally(server);
  return {
    host: `127.0.0.1:${port}`,
    requests,
    stalled: () => stall.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function passRequest(incoming: IncomingMessage, outgoing: ClientRequest, fault: Fault): void {
  let byteCount = 0;
  incoming.on('data', (part: Buffer) => {
    byteCount += part.byteLength;
    const surplus = byteCount - (fault.cutRequestAfterBytes ?? Number.POSITIVE_INFINITY);
    if (surplus < 0) {
      outgoing.write(part);
      return;
    }
    // The beginning arrives for certain before the rest is cut off.
    outgoing.write(part.subarray(0, part.byteLength - surplus), () => outgoing.destroy());
    incoming.destroy();
  });
  incoming.on('end', () => outgoing.end());
  incoming.on('error', () => outgoing.destroy());
}

function passAnswer(response: IncomingMessage, answer: ServerResponse, fault: Fault, onStall: () => void): void {
  answer.writeHead(response.statusCode ?? 502, response.headers);
  const limit = fault.cutAnswerAfterBytes ?? fault.stallAnswerAfterBytes ?? Number.POSITIVE_INFINITY;
  let byteCount = 0;
  let ended = false;
  response.on('data', (part: Buffer) => {
    if (ended) return;
    if (fault.corruptAnswer && byteCount === 0) part[0] = (part[0] ?? 0) ^ 1;
    byteCount += part.byteLength;
    if (byteCount < limit) {
      answer.write(part);
      return;
    }
    ended = true;
    answer.write(part.subarray(0, part.byteLength - (byteCount - limit)), () => {
      if (fault.stallAnswerAfterBytes === undefined) answer.destroy();
      else onStall();
    });
  });
  response.on('end', () => {
    if (!ended) answer.end();
  });
  response.on('error', () => answer.destroy());
}
