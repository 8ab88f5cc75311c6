import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { OciError, type OciErrorCode, renderOciErrors } from '@roadstead/oci';

/** What was answered on a connection without a request of which anybody could know more. */
export interface Refusal {
  readonly status: number;
  /** Node's name of what was wrong; never anything that the client sent. */
  readonly cause: string;
  readonly socket: Socket;
}

interface RefusalAnswer {
  readonly status: number;
  readonly reason: string;
  readonly code: OciErrorCode;
  readonly message: string;
  readonly headers?: string;
}

const MALFORMED: RefusalAnswer = {
  status: 400,
  reason: 'Bad Request',
  code: 'UNSUPPORTED',
  message: 'This is not a request that HTTP/1.1 allows.',
};

/** A request line longer than this is a long URI; else the head as a whole is too large. */
const LONG_REQUEST_LINE = 8_000;

/**
 * Answers what never became a request: malformed heads, conflicting framing, heads that are too large or too slow. The
 * answer has the shape of `/v2` errors, and the connection is closed.
 * @returns undefined when there is nobody left to answer
 */
export function answerClientError(
  error: Error & { code?: string; rawPacket?: Buffer },
  socket: Duplex,
): Refusal | undefined {
  if (!(socket instanceof Socket) || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return undefined;
  }
  const answer = answerOf(error);
  end(socket, answer);
  return { status: answer.status, cause: error.code ?? 'unknown', socket };
}

/** CONNECT asks for a tunnel, of which Node makes no request: it is refused like every method that there is not. */
export function answerConnect(socket: Duplex): Refusal | undefined {
  if (!(socket instanceof Socket) || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  // Without a listener of ours any more, a reset by the peer would end the process.
  socket.on('error', () => socket.destroy());
  end(socket, NO_TUNNEL);
  return { status: NO_TUNNEL.status, cause: 'CONNECT', socket };
}

const NO_TUNNEL: RefusalAnswer = {
  status: 405,
  reason: 'Method Not Allowed',
  code: 'UNSUPPORTED',
  message: 'This server makes no tunnels.',
  headers: 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE\r\n',
};

function end(socket: Socket, { status, reason, code, message, headers = '' }: RefusalAnswer): void {
  const body = JSON.stringify(renderOciErrors(new OciError(code, message, { status })));
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `${headers}Connection: close\r\n\r\n${body}`,
  );
}

function answerOf(error: Error & { code?: string; rawPacket?: Buffer }): RefusalAnswer {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return {
      ...MALFORMED,
      status: 408,
      reason: 'Request Timeout',
      message: 'The head of the request came too slowly.',
    };
  }
  if (error.code !== 'HPE_HEADER_OVERFLOW') return MALFORMED;
  const end = error.rawPacket?.indexOf('\n') ?? -1;
  if (end === -1 || end > LONG_REQUEST_LINE) {
    const message = 'The address of the request is too long.';
    return { status: 414, reason: 'URI Too Long', code: 'REQUEST_URI_TOO_LONG', message };
  }
  const message = 'The head of the request is too large.';
  return { status: 431, reason: 'Request Header Fields Too Large', code: 'UNSUPPORTED', message };
}
