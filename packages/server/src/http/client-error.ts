import type { Socket } from 'node:net';
import { OciError, type OciErrorCode, renderOciErrors } from '@roadstead/oci';

interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly code: OciErrorCode;
  readonly message: string;
}

const MALFORMED: Refusal = {
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
 */
export function answerClientError(error: Error & { code?: string; rawPacket?: Buffer }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, reason, code, message } = refusalOf(error);
  const body = JSON.stringify(renderOciErrors(new OciError(code, message, { status })));
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

function refusalOf(error: Error & { code?: string; rawPacket?: Buffer }): Refusal {
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
