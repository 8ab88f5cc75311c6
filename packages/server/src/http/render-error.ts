import { OciError, type OciErrorCode, renderOciErrors } from '@roadstead/oci';
import { type ErrorCode, ProductError } from '../kernel/errors.ts';
import type { Exchange } from './exchange.ts';

/** How the product's own errors are spelled on `/v2`. */
const OCI_CODE: Readonly<Record<ErrorCode, OciErrorCode>> = {
  BAD_REQUEST: 'UNSUPPORTED',
  UNAUTHORIZED: 'UNAUTHORIZED',
  DENIED: 'DENIED',
  READ_ONLY: 'DENIED',
  NOT_FOUND: 'NAME_UNKNOWN',
  PROJECT_NOT_FOUND: 'NAME_UNKNOWN',
  CONFLICT: 'DENIED',
  PRECONDITION: 'PRECONDITION_FAILED',
  POLICY_VIOLATION: 'PROJECTPOLICYVIOLATION',
  TOO_LARGE: 'SIZE_INVALID',
  VALIDATION: 'UNSUPPORTED',
  TOO_MANY_REQUESTS: 'TOOMANYREQUESTS',
  UNAVAILABLE: 'UNAVAILABLE',
  INSUFFICIENT_STORAGE: 'INSUFFICIENT_STORAGE',
};

const DEFAULT_RETRY_SECONDS = 1;

/** The error as `/v2` shows it; anything that was not meant for the caller becomes UNKNOWN. */
export function toOciError(error: unknown): OciError {
  if (error instanceof OciError) return error;
  if (error instanceof ProductError) {
    return new OciError(OCI_CODE[error.code], error.message, { status: error.status, cause: error });
  }
  return new OciError('UNKNOWN', 'The registry failed to answer this request.', { cause: error });
}

/** How an API other than `/v2` spells an error. */
export type SpellError = (shown: OciError) => { readonly code: string; readonly message: string };

/**
 * Answers with the error, if an answer can still be given; else cuts the connection, so that nobody takes it for complete.
 * @param spell default: as `/v2` does
 */
export function sendOciError(exchange: Exchange, error: unknown, spell?: SpellError): void {
  const { response } = exchange;
  const shown = toOciError(error);
  if (response.headersSent) {
    response.destroy(shown);
    return;
  }
  const retry = retryAfterSeconds(error, shown.status);
  const body = spell === undefined ? renderOciErrors(shown) : { errors: [spell(shown)] };
  exchange.sendJson(shown.status, body, retry === undefined ? {} : { 'Retry-After': retry });
}

function retryAfterSeconds(error: unknown, status: number): number | undefined {
  if (error instanceof ProductError && error.retryAfterSeconds !== undefined) return error.retryAfterSeconds;
  return status === 429 || status === 503 ? DEFAULT_RETRY_SECONDS : undefined;
}
