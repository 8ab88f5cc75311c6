import type { Exchange } from './exchange.ts';
import { sendOciError } from './render-error.ts';
import { harborCodeOf } from './render-management-error.ts';
import { purposeOf } from './request-purpose.ts';

/**
 * Answers what ended a request before the API of its path had it, in the shape that this API has: Harbor's envelope for the
 * management, the specification's for everything else.
 */
export function sendEarlyError(exchange: Exchange, error: unknown): void {
  if (purposeOf(exchange.path) !== 'management' || exchange.response.headersSent) {
    sendOciError(exchange, error);
    return;
  }
  sendOciError(exchange, error, ({ status, message }) =>
    status === 500 ? { code: 'UNKNOWN', message: 'internal server error' } : { code: harborCodeOf(status), message },
  );
}
