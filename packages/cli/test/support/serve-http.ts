import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenLocally } from '../../../server/test/support/listen-locally.ts';

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Undefined when the body broke off. */
  readonly body: Buffer | undefined;
}

export interface HttpFixture extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
}

/** A server that answers as the test says, for what no healthy registry does. */
export async function serveHttp(
  answer: (request: SeenRequest, response: ServerResponse, requestCount: number) => void,
): Promise<HttpFixture> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const body = await readBody(incoming);
    const request = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body };
    requests.push(request);
    answer(request, response, requests.length);
  });
  const port = await listenLocally(server);
  return {
    host: `127.0.0.1:${port}`,
    origin: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  try {
    for await (const part of incoming) parts.push(part);
    return Buffer.concat(parts);
  } catch {
    return undefined;
  }
}
