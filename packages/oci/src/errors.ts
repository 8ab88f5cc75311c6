/** Default HTTP status of each code: the distribution spec's table of error codes, then codes that registries add to it. */
const STATUS_BY_CODE = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  // The spec names the code and leaves the status open (§ Pushing Manifests).
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
  TAG_INVALID: 400,
  RANGE_INVALID: 416,
  PRECONDITION_FAILED: 412,
  PROJECTPOLICYVIOLATION: 412,
  PAGINATION_NUMBER_INVALID: 400,
  REQUEST_URI_TOO_LONG: 414,
  UNKNOWN: 500,
  UNAVAILABLE: 503,
  INSUFFICIENT_STORAGE: 507,
} as const;

/** A code of the OCI distribution spec, or one of the extensions that registries use in the field. */
export type OciErrorCode = keyof typeof STATUS_BY_CODE;

export interface OciErrorOptions {
  /** HTTP status, where the code's default does not fit. */
  readonly status?: number;
  /** Sent to the client as it is, so it must be JSON-serializable and hold nothing private. */
  readonly detail?: unknown;
  /** Kept for logs, never sent. */
  readonly cause?: unknown;
}

/** An error that a client of the distribution API may see: its message and detail are public. */
export class OciError extends Error {
  override readonly name = 'OciError';
  readonly code: OciErrorCode;
  /** HTTP status. */
  readonly status: number;
  readonly detail?: unknown;

  constructor(code: OciErrorCode, message: string, options: OciErrorOptions = {}) {
    // It is an answer and no failure of ours, so nobody wants to know where it was made; finding that out costs as much as
    // the rest of many an answer.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.status = options.status ?? STATUS_BY_CODE[code];
    if (options.detail !== undefined) this.detail = options.detail;
  }
}

/** One entry of an error answer (distribution spec § Error Codes). */
export interface OciErrorEntry {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

export interface OciErrorBody {
  readonly errors: readonly OciErrorEntry[];
}

/** The JSON body for an error. Whatever is not an `OciError` becomes UNKNOWN, and nothing of it is shown. */
export function renderOciErrors(error: unknown): OciErrorBody {
  if (!(error instanceof OciError)) {
    return { errors: [{ code: 'UNKNOWN', message: 'The registry failed to answer this request.' }] };
  }
  const entry = { code: error.code, message: error.message };
  return { errors: [error.detail === undefined ? entry : { ...entry, detail: error.detail }] };
}
