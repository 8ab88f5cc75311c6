import { readPostgresUrl, SettingTextError } from '../../config/setting-text.ts';
import { UsageError } from '../command-context.ts';

/** Reads `postgres://…` or `sqlite`. @returns undefined for SQLite in the data folder @throws UsageError */
export function readDatabaseTarget(text: string, current: string | undefined): string | undefined {
  const url = text === 'sqlite' ? undefined : readUrl(text);
  if ((url === undefined) !== (current === undefined)) return url;
  throw new UsageError(
    url === undefined
      ? 'the database is SQLite already: --to postgres://… is where it can be moved'
      : 'the database is PostgreSQL already: --to sqlite is where it can be moved; for another PostgreSQL use pg_dump',
  );
}

/** Without user and password. */
export function describeDatabase(databaseUrl: string | undefined, dataDir: string): string {
  if (databaseUrl === undefined) return `SQLite in ${dataDir}`;
  const { host, pathname } = new URL(databaseUrl);
  return `PostgreSQL ${host}${pathname}`;
}

function readUrl(text: string): string {
  try {
    return readPostgresUrl(text);
  } catch (error) {
    if (error instanceof SettingTextError) throw new UsageError(`--to ${error.message}, or sqlite`);
    throw error;
  }
}
