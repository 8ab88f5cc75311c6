import type { IncomingMessage } from 'node:http';
import type { Ids } from '../kernel/ids.ts';

const FORM = /^[A-Za-z0-9._:+/=@-]{1,128}$/;

/** The client's own X-Request-Id where it is fit for a log line and a header, else a fresh one. */
export function requestIdOf(request: IncomingMessage, ids: Ids): string {
  const header = request.headers['x-request-id'];
  return typeof header === 'string' && FORM.test(header) ? header : ids.uuid();
}
