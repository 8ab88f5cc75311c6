import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';

/** Bytes, or pieces that are sent chunked as they come. */
export type Body = string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface SendOptions {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Body | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** One entry of an error answer of `/v2` or of the management API. */
export interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

const plainAgent = new Agent({ keepAlive: true, maxSockets: 64 });
// The certificates of these tests sign themselves.
const tlsAgent = new TlsAgent({ keepAlive: true, maxSockets: 64, rejectUnauthorized: false });

/** Sends one request, every header as it is given (Host too), and reads the whole answer. */
export function send(url: string, { method = 'GET', headers = {}, body }: SendOptions = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const isTls = url.startsWith('https:');
  const isWhole = typeof body === 'string' || body instanceof Uint8Array;
  const length = isWhole && !('Transfer-Encoding' in headers) ? { 'Content-Length': Buffer.byteLength(body) } : {};
  const options = { method, headers: { ...length, ...headers }, agent: isTls ? tlsAgent : plainAgent };
  const request = (isTls ? tlsRequest : plainRequest)(url, options, (response) => {
    const pieces: Buffer[] = [];
    response.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('error', reject);
    response.on('end', () => {
      const bytes = Buffer.concat(pieces);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes, text: bytes.toString() });
    });
  });
  request.on('error', reject);
  if (body === undefined || isWhole) request.end(body);
  else void pour(body, request).catch((error: unknown) => request.destroy(error as Error));
  return promise;
}

async function pour(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  request: ReturnType<typeof plainRequest>,
): Promise<void> {
  for await (const piece of body) {
    if (!request.write(piece)) await new Promise((resolve) => request.once('drain', resolve));
  }
  request.end();
}

export function readJson<Shape>(answer: Answer): Shape {
  return JSON.parse(answer.text);
}

export function readErrors(answer: Answer): readonly ShownError[] {
  return readJson<{ errors: readonly ShownError[] }>(answer).errors;
}

/** The code of the first error, for short expectations. */
export function errorCode(answer: Answer): string | undefined {
  return readErrors(answer)[0]?.code;
}

/** Ends the connections that the tests have kept. */
export function closeClientConnections(): void {
  plainAgent.destroy();
  tlsAgent.destroy();
}
