import { existsSync } from 'node:fs';
import path from 'node:path';
import SqliteConnection from 'better-sqlite3';

const DATABASES = ['control-plane.sqlite', 'instances/main/metadata.sqlite'];

/** What SQLite itself finds wrong with the databases of a server that does not run. */
export function checkDatabases(dataDir: string): readonly string[] {
  return DATABASES.flatMap((name) => {
    const file = path.join(dataDir, name);
    if (!existsSync(file)) return [`the database ${name} is not there`];
    const connection = new SqliteConnection(file);
    try {
      const rows = connection.pragma('integrity_check') as readonly { readonly integrity_check: string }[];
      const orphans = connection.pragma('foreign_key_check') as readonly { readonly table: string }[];
      return [
        ...rows.map((row) => row.integrity_check).filter((text) => text !== 'ok'),
        ...orphans.map(({ table }) => `a row of ${table} refers to one that is not there`),
      ].map((fault) => `${name}: ${fault}`);
    } finally {
      connection.close();
    }
  });
}
