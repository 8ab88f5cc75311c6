/** Codes that the product throws; each wire contract has its own table from them to status and spelling. */
export const ERROR_STATUS = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  READ_ONLY: 403,
  NOT_FOUND: 404,
  PROJECT_NOT_FOUND: 404,
  CONFLICT: 409,
  PRECONDITION: 412,
  POLICY_VIOLATION: 412,
  TOO_LARGE: 413,
  VALIDATION: 422,
  TOO_MANY_REQUESTS: 429,
  UNAVAILABLE: 503,
  INSUFFICIENT_STORAGE: 507,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** An error whose message is meant for the caller: what happened, why, and what to do. Private detail goes into `cause`. */
export class ProductError extends Error {
  override readonly name: string = 'ProductError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    const status = ERROR_STATUS[code];
    // A refusal is an answer and no failure of ours: where it was made nobody asks, and to find that out costs as much as the rest of it.
    const { stackTraceLimit } = Error;
    if (status < 500) Error.stackTraceLimit = 0;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.status = status;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The start cannot go on: one sentence that names the setting and what would be right. No stack trace is shown. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
