import { ConstraintError, DatabaseFullError, DatabaseUnavailableError } from '../database.ts';

/** Turns an error of SQLite into one of the interface's, or gives it back as it is. */
export function translateSqliteError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') {
    return new ConstraintError('unique', error);
  }
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return new ConstraintError('foreign-key', error);
  if (code === 'SQLITE_FULL' || code === 'SQLITE_READONLY' || code.startsWith('SQLITE_IOERR')) {
    return new DatabaseFullError('the database cannot be written: the disk is full, read-only or failing', {
      cause: error,
    });
  }
  return isBusy(error) ? new DatabaseUnavailableError(error) : error;
}

/** Another connection holds the write lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}
