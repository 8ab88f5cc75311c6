import type { OutgoingHttpHeaders } from 'node:http';
import type { Exchange } from './exchange.ts';

/**
 * Sends a body piece by piece; each is written out before the next is asked for. The head goes with the first piece, so
 * that a storage which cannot begin to read still gets an error answer.
 */
export async function sendPieces(
  exchange: Exchange,
  status: number,
  headers: OutgoingHttpHeaders & { readonly 'Content-Length': number },
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { response } = exchange;
  if (exchange.hasUnreadBody()) response.setHeader('Connection', 'close');
  let leftBytes = headers['Content-Length'];
  for await (const piece of pieces) {
    if (!response.headersSent) response.writeHead(status, headers);
    leftBytes -= piece.length;
    await write(exchange, piece, leftBytes === 0);
  }
  if (leftBytes > 0) throw new Error(`${leftBytes} bytes of the answer are missing`);
}

/** @param isLast ends the answer with it: a client that has all its bytes may close before a separate end is seen. */
function write({ response, signal }: Exchange, piece: Uint8Array, isLast: boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  const onWritten = (error?: Error | null) => {
    signal.removeEventListener('abort', onAbort);
    if (error) reject(error);
    else resolve();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (isLast) response.end(piece, onWritten);
  else response.write(piece, onWritten);
  return promise;
}
