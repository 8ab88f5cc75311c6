import { REGISTRY_SERVICE } from '../../identity/registry-tokens.ts';
import { ProductError } from '../../kernel/errors.ts';

export const TOKEN_EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TYPES = 'urn:ietf:params:oauth:token-type:';
/** What is given (RFC 8693 §3). */
export const ISSUED_TOKEN_TYPE = `${TYPES}access_token`;
const SUBJECT_TYPES: readonly string[] = [`${TYPES}jwt`, `${TYPES}id_token`];
const REQUESTED_TYPES: readonly string[] = [`${TYPES}access_token`, `${TYPES}jwt`];

type ExchangeErrorCode = 'invalid_request' | 'invalid_target' | 'temporarily_unavailable';

/** A failure of a token exchange, as OAuth says it (RFC 6749 §5.2, RFC 8693 §2.2.2). */
export class TokenExchangeError extends Error {
  override readonly name = 'TokenExchangeError';
  readonly code: ExchangeErrorCode;
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ExchangeErrorCode, message: string, more: { status?: number; retryAfterSeconds?: number } = {}) {
    super(message);
    this.code = code;
    this.status = more.status ?? 400;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/**
 * Reads the form of a token exchange (RFC 8693 §2.1).
 * @returns the foreign token
 * @throws TokenExchangeError
 */
export function readTokenExchange(form: URLSearchParams): string {
  const token = form.get('subject_token') ?? '';
  if (token === '') throw new TokenExchangeError('invalid_request', 'the form lacks the field subject_token');
  if (!SUBJECT_TYPES.includes(form.get('subject_token_type') ?? '')) {
    throw new TokenExchangeError('invalid_request', `subject_token_type must be ${SUBJECT_TYPES.join(' or ')}`);
  }
  const requested = form.get('requested_token_type');
  if (requested !== null && !REQUESTED_TYPES.includes(requested)) {
    throw new TokenExchangeError('invalid_request', `requested_token_type must be ${ISSUED_TOKEN_TYPE}, or absent`);
  }
  if (form.has('actor_token') || form.has('actor_token_type')) {
    throw new TokenExchangeError('invalid_request', 'actor tokens are not taken: nobody acts for a workload here');
  }
  if (form.has('resource') || form.getAll('audience').some((audience) => audience !== REGISTRY_SERVICE)) {
    throw new TokenExchangeError('invalid_target', `tokens are for the audience ${REGISTRY_SERVICE} only`);
  }
  return token;
}

/** What a client of a token exchange is told; whatever is no word to a client stays as it is. */
export function toTokenExchangeError(error: unknown): unknown {
  if (!(error instanceof ProductError) || (error.status >= 500 && error.code !== 'UNAVAILABLE')) return error;
  const { message, retryAfterSeconds } = error;
  const more = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  if (error.code === 'TOO_MANY_REQUESTS' || error.code === 'UNAVAILABLE') {
    return new TokenExchangeError('temporarily_unavailable', message, { ...more, status: error.status });
  }
  // A subject token that is not valid is an invalid request (§2.2.2).
  return new TokenExchangeError('invalid_request', message);
}
