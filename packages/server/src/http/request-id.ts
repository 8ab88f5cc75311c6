import type { IncomingMessage } from 'node:http';
import type { Ids } from '../kernel/ids.ts';

const FORM = /^[A-Za-z0-9._:+/=@-]+$/;
const MAX_LENGTH = 64;
/** Proxies write longer ones, for tracing. */
const MAX_PROXY_LENGTH = 128;

/**
 * The client's own X-Request-Id where it is fit for a log line and a header, else a fresh one.
 * @param isFromProxy a trusted proxy sent the request
 */
export function requestIdOf(request: IncomingMessage, ids: Ids, isFromProxy: boolean): string {
  const header = request.headers['x-request-id'];
  const isFit = typeof header === 'string' && FORM.test(header);
  return isFit && header.length <= (isFromProxy ? MAX_PROXY_LENGTH : MAX_LENGTH) ? header : ids.uuid();
}
