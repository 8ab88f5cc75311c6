import type { FastifyReply } from 'fastify';
import { ERROR_STATUS, type ErrorCode, ProductError } from '../kernel/errors.ts';
import { visibleText } from '../kernel/visible-text.ts';

/** The spelling of Harbor's API, which the whole management API has; the status is ours, which is the same. */
const HARBOR_CODE: Readonly<Record<ErrorCode, string>> = {
  BAD_REQUEST: 'BAD_REQUEST',
  UNAUTHORIZED: 'UNAUTHORIZED',
  DENIED: 'FORBIDDEN',
  READ_ONLY: 'DENIED',
  NOT_FOUND: 'NOT_FOUND',
  PROJECT_NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  PRECONDITION: 'PRECONDITION',
  POLICY_VIOLATION: 'PROJECTPOLICYVIOLATION',
  TOO_LARGE: 'REQUEST_ENTITY_TOO_LARGE',
  VALIDATION: 'UNPROCESSABLE_ENTITY',
  TOO_MANY_REQUESTS: 'TOO_MANY_REQUEST',
  UNAVAILABLE: 'SERVICE_UNAVAILABLE',
  INSUFFICIENT_STORAGE: 'INSUFFICIENT_STORAGE',
};

/** Codes for refusals that Fastify makes before a handler runs. */
const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  413: 'REQUEST_ENTITY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_ENTITY',
};

/** What is said of an error. */
export interface DescribedError {
  readonly status: number;
  /** In Harbor's spelling. */
  readonly code: string;
  readonly message: string;
}

/** Answers with Harbor's error envelope. From 500 on nothing of the error is shown. */
export function renderManagementError(error: unknown, reply: FastifyReply): FastifyReply {
  const { status, code, message } = describeManagementError(error, reply);
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ errors: [{ code, message }] });
}

/** What an answer says of an error, whatever its envelope; what nobody is told goes to the log. Headers of the reply are set. */
export function describeManagementError(error: unknown, reply: FastifyReply): DescribedError {
  if (error instanceof ProductError) {
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
    return describe(error.status, HARBOR_CODE[error.code], error.message);
  }
  if (isRefusal(error)) {
    // Harbor's own validation answers 422, Fastify's 400.
    const status = error.validation === undefined ? error.statusCode : 422;
    return describe(status, CODE_OF_STATUS[status] ?? 'BAD_REQUEST', error.message);
  }
  reply.log.error(error);
  return describe(500, 'UNKNOWN', 'internal server error');
}

/** The code of a refusal of which only the status is known. */
export function harborCodeOf(status: number): string {
  const code = ERROR_CODES.find((each) => ERROR_STATUS[each] === status);
  return code === undefined ? (CODE_OF_STATUS[status] ?? 'BAD_REQUEST') : HARBOR_CODE[code];
}

const ERROR_CODES = Object.keys(HARBOR_CODE) as readonly ErrorCode[];

/** Messages quote requests, and end up on terminals. */
function describe(status: number, code: string, message: string): DescribedError {
  return { status, code, message: visibleText(message) };
}

/** An error of Fastify that tells the client what is wrong with the request. */
function isRefusal(error: unknown): error is Error & { statusCode: number; validation?: unknown } {
  if (!(error instanceof Error) || !('statusCode' in error)) return false;
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500;
}
