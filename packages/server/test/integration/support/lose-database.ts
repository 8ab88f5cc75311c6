import { rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

/** Loses everything that a server has in its databases; blobs, records and the master key stay. No server may run. */
export async function loseDatabase(dataDir: string, databaseUrl: string | undefined): Promise<void> {
  if (databaseUrl !== undefined) return dropSchemas(databaseUrl);
  const files = [
    path.join(dataDir, 'control-plane.sqlite'),
    path.join(dataDir, 'instances', 'main', 'metadata.sqlite'),
  ];
  for (const file of files) {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true });
  }
}

async function dropSchemas(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("select nspname from pg_namespace where nspname like 'roadstead_%'");
  for (const { nspname } of rows) await client.query(`drop schema "${nspname}" cascade`);
  await client.end();
}
