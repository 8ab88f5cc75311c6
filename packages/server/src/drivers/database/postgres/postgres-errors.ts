import { ConstraintError, DatabaseFullError } from '../database.ts';

/** SQLSTATE of an error of PostgreSQL, or an empty string. */
export function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Turns an error of PostgreSQL into one of the interface's, or gives it back as it is. */
export function translatePostgresError(error: unknown): unknown {
  const state = sqlState(error);
  if (state === '23505') return new ConstraintError('unique', error);
  if (state === '23503') return new ConstraintError('foreign-key', error);
  if (state === '53100' || state === '25006') {
    return new DatabaseFullError('the database cannot be written: its disk is full or it is read-only', {
      cause: error,
    });
  }
  return error;
}

/** Serialization failures and deadlocks: the whole command may simply run again. */
export function isRetryable(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40001' || state === '40P01';
}
