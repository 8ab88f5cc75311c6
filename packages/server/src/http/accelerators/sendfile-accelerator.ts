import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BodyWriter } from '../body-writer.ts';
import type { Exchange } from '../exchange.ts';
import type { BlobAccelerator, BlobAnswer } from './blob-accelerator.ts';
import { addBytesPastNode } from './bytes-past-node.ts';
import type { Sendfile } from './system-sendfile.ts';

/** Up to here one read and one write are as cheap. */
const MIN_BYTES = 256 * 1024;
/** A call holds up everything else until it returns: with a cold page cache, for so many bytes from the disk. */
const CALL_BYTES = 512 * 1024;

/**
 * Sends files with sendfile(2) from this process, past Node: one copy of the bytes less, and none in memory of ours.
 *
 * It writes to the descriptor of the connection behind Node's back, so each call first makes sure that the connection is
 * this answer's, that it is open, and that nothing of Node's waits to be written to it. The calls are synchronous: on
 * another thread one could run when the descriptor has been closed and given to another client. When the connection takes
 * no more, one byte goes the ordinary way, and its callback tells when there is room again; so do the first byte, behind the
 * head, and the last, with the end. Never under TLS, where the bytes on the wire are others.
 */
export function createSendfileAccelerator(sendfile: Sendfile): BlobAccelerator {
  return {
    takes: (exchange, { start, end }) =>
      exchange.method === 'GET' &&
      end - start > MIN_BYTES &&
      exchange.request.httpVersion === '1.1' &&
      !exchange.hasUnreadBody() &&
      findIdleDescriptor(exchange.response, exchange.response.socket) !== undefined,
    send: async (exchange, answer, location) => {
      if (location.kind !== 'file') return false;
      await using file = await open(location.path).catch(() => undefined);
      const { socket } = exchange.response;
      // The client may have gone while the file was opened.
      if (file === undefined || socket === null || socket.destroyed) return false;
      await sendRange(exchange, answer, { file, socket, sendfile });
      return true;
    },
  };
}

interface Ends {
  readonly file: FileHandle;
  readonly socket: Socket;
  readonly sendfile: Sendfile;
}

async function sendRange(exchange: Exchange, { status, headers, start, end }: BlobAnswer, ends: Ends): Promise<void> {
  const last = end - 1;
  // Before the head: a file that cannot be read gets an error answer.
  let byte = await readByte(ends.file, start);
  using writer = new BodyWriter(exchange);
  exchange.response.writeHead(status, headers);
  for (let position = start; position < last; byte = await readByte(ends.file, position)) {
    await writer.write(byte, false);
    position = await pour(exchange, ends, { position: position + 1, last });
  }
  await writer.write(byte, true);
}

/** Sends up to `last` (exclusive) until the connection takes no more. @returns the position that it came to */
async function pour(
  { response, signal }: Exchange,
  { file, socket, sendfile }: Ends,
  { position, last }: { readonly position: number; readonly last: number },
): Promise<number> {
  let at = position;
  while (at < last) {
    const descriptor = findIdleDescriptor(response, socket);
    if (descriptor === undefined && !socket.destroyed) return at;
    const sent = descriptor === undefined ? 'gone' : sendfile(descriptor, file.fd, at, Math.min(CALL_BYTES, last - at));
    if (sent === 'full') return at;
    if (sent === 'gone') return cut(socket, signal);
    if (typeof sent === 'string') throw new Error(`sendfile failed at byte ${at} of a stored object`);
    if (sent === 0) throw new Error(`the stored object ends at byte ${at}, too early`);
    at += sent;
    addBytesPastNode(socket, sent);
    // Node has not seen these bytes, and would end the connection as idle.
    socket.setTimeout(socket.timeout ?? 0);
    await nextTurn();
  }
  return at;
}

/** Ends a connection that nobody listens to any more, and waits until that is known everywhere. */
async function cut(socket: Socket, signal: AbortSignal): Promise<never> {
  socket.destroy();
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

/**
 * The descriptor of the connection, if it is open, without TLS, this answer's, and Node has nothing left to write to it.
 * Right only until the end of the current turn.
 */
function findIdleDescriptor(response: ServerResponse, socket: Socket | null): number | undefined {
  if (socket === null || response.socket !== socket || 'encrypted' in socket) return undefined;
  if (socket.destroyed || !socket.writable || socket.writableCorked > 0 || response.writableCorked > 0)
    return undefined;
  if (socket.writableLength > 0 || response.writableLength > 0) return undefined;
  // Private to Node, and there since its beginnings.
  const handle: unknown = Reflect.get(socket, '_handle');
  const descriptor: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : undefined;
}

async function readByte(file: FileHandle, position: number): Promise<Uint8Array> {
  const byte = new Uint8Array(1);
  const { bytesRead } = await file.read(byte, 0, 1, position);
  if (bytesRead === 0) throw new Error(`the stored object ends at byte ${position}, too early`);
  return byte;
}
