import { createServer, type Server } from 'node:https';
import { listenLocally } from '../../support/listen-locally.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A receiver of somebody else's that says everything again which it was sent: in its status line, its headers and its body. */
export class EchoingReceiver {
  readonly received: ReceivedRequest[] = [];
  /** Whether it takes what it is sent. */
  takes = false;
  url = '';
  readonly #server: Server;

  constructor({ certPem, keyPem }: { readonly certPem: string; readonly keyPem: string }) {
    this.#server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
      const { method = '', url: target = '', headers, rawHeaders } = request;
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const { authorization } = headers;
        this.received.push({ method, target, authorization, body: Buffer.concat(pieces).toString('latin1') });
        const echo = `${target} ${rawHeaders.join(' ')}`;
        response.writeHead(this.takes ? 200 : 403, echo, { 'x-echo': echo, 'www-authenticate': echo });
        response.end(`<Error><Code>Denied</Code><Message>${echo}</Message></Error>`);
      });
    });
  }

  async open(): Promise<void> {
    this.url = `https://localhost:${await listenLocally(this.#server)}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
