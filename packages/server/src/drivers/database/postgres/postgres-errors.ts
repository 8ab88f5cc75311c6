import { ProductError } from '../../../kernel/errors.ts';
import { ConstraintError, DatabaseFullError, DatabaseUnavailableError } from '../database.ts';

/** Connections that fail or end: of the system, and of PostgreSQL (class 08, shutdown, too many). */
const UNAVAILABLE = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOSTUNREACH|08|57P0|57014|55P03|53300)/;
/** The same, from the pool, which gives no code. */
const POOL_MESSAGES = /timeout exceeded when trying to connect|Connection terminated|is not queryable/;

/** Serialization failures and deadlocks: the whole command may simply run again. */
export class RetryableError extends DatabaseUnavailableError {
  override readonly name: string = 'RetryableError';
}

/** Turns an error of PostgreSQL into one of the interface's, or gives it back as it is. */
export function translatePostgresError(error: unknown): unknown {
  const code = codeOf(error);
  if (code === '23505') return new ConstraintError('unique', error);
  if (code === '23503') return new ConstraintError('foreign-key', error);
  if (code === '40001' || code === '40P01') return new RetryableError(error);
  if (code === '53100' || code === '25006') {
    return new DatabaseFullError('the database cannot be written: its disk is full or it is read-only', {
      cause: error,
    });
  }
  if (code === '22021') {
    return new ProductError('BAD_REQUEST', 'the text holds a character that no name has', { cause: error });
  }
  return isUnavailable(error, code) ? new DatabaseUnavailableError(error) : error;
}

/** What it resolves to. @throws errors of the interface in the place of PostgreSQL's own */
export async function translated<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw translatePostgresError(error);
  }
}

function isUnavailable(error: unknown, code: string): boolean {
  return (
    error instanceof Error &&
    !(error instanceof ProductError) &&
    (UNAVAILABLE.test(code) || POOL_MESSAGES.test(error.message))
  );
}

/** SQLSTATE, or the system's code, or an empty string. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
