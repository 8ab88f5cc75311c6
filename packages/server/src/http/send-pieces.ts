import type { OutgoingHttpHeaders } from 'node:http';
import { BodyWriter } from './body-writer.ts';
import type { Exchange } from './exchange.ts';

/**
 * Sends a body piece by piece; each is written out before the next is asked for. The head goes with the first piece, in one
 * write, so that a storage which cannot begin to read still gets an error answer.
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
  using writer = new BodyWriter(exchange);
  for await (const piece of pieces) {
    if (!response.headersSent) response.writeHead(status, headers);
    leftBytes -= piece.length;
    await writer.write(piece, leftBytes === 0);
  }
  if (leftBytes > 0) throw new Error(`${leftBytes} bytes of the answer are missing`);
}
