import type { OutgoingHttpHeaders } from 'node:http';
import type { Exchange } from './exchange.ts';

/**
 * Sends a body piece by piece; each is written out before the next is asked for. The head goes with the first piece, so
 * that a storage which cannot begin to read still gets an error answer.
 */
export async function sendPieces(
  exchange: Exchange,
  status: number,
  headers: OutgoingHttpHeaders,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { response, signal } = exchange;
  for await (const piece of pieces) {
    if (!response.headersSent) response.writeHead(status, headers);
    await write(exchange, piece);
    signal.throwIfAborted();
  }
  if (!response.headersSent) response.writeHead(status, headers);
  response.end();
}

function write({ response, signal }: Exchange, piece: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  response.write(piece, (error) => {
    signal.removeEventListener('abort', onAbort);
    if (error) reject(error);
    else resolve();
  });
  return promise;
}
