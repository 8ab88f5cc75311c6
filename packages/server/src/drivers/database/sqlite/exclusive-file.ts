import SqliteConnection from 'better-sqlite3';

/** A file that one process holds at a time; the system lets go of it when that process ends, however it ends. */
export interface ExclusiveFile {
  release(): void;
}

/** @returns undefined when another process holds the file. */
export function findExclusiveFile(file: string): ExclusiveFile | undefined {
  const connection = new SqliteConnection(file, { timeout: 0 });
  try {
    connection.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
  return { release: () => connection.close() };
}
