import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { locateInstance } from '../../../src/control-plane/instances/instance-location.ts';
import { findSchema } from './seed-rows.ts';
import type { Twin } from './twins.ts';

const ROWS_AT_ONCE = 20_000;
const BLOB_BYTES = 512;

/**
 * Blobs with their stored copies that no repository holds, and whose review is due.
 * @param salt makes them others than those of another call
 */
export async function seedGarbage(
  { dataDir, databaseUrl }: Twin,
  count: number,
  salt: string,
  say: (line: string) => void,
): Promise<void> {
  const { blobsFolder } = locateInstance(dataDir, 'main');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`set search_path to ${await findSchema(client)}`);
    await client.query('set session_replication_role = replica');
    for (let from = 0; from < count; from += ROWS_AT_ONCE) {
      const hashes = Array.from({ length: Math.min(ROWS_AT_ONCE, count - from) }, (_, index) =>
        createHash('sha256')
          .update(`garbage ${salt} ${from + index}`)
          .digest('hex'),
      );
      for (const hash of hashes) writeCopy(blobsFolder, hash);
      await client.query(
        `with added as (
           insert into blobs (size, storage_key, encoding, created_at, review_after)
           select ${BLOB_BYTES}, 'sha256-' || hash || '-${'0'.repeat(16)}', 'plain', 0, 0 from unnest($1::text[]) hash
           returning id, storage_key)
         insert into blob_digests (digest, blob_id)
         select (select substring(digest for 1) from manifests limit 1) || decode(substring(storage_key from 8 for 64), 'hex'), id
         from added`,
        [hashes],
      );
      if ((from / ROWS_AT_ONCE) % 10 === 0) say(`garbage: ${from + hashes.length}`);
    }
    await client.query('vacuum analyze blobs, blob_digests');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

const folders = new Set<string>();

function writeCopy(blobsFolder: string, hash: string): void {
  const folder = path.join(blobsFolder, 'blobs', hash.slice(0, 2));
  if (!folders.has(folder)) mkdirSync(folder, { recursive: true });
  folders.add(folder);
  writeFileSync(path.join(folder, `sha256-${hash}-${'0'.repeat(16)}`), hash.repeat(BLOB_BYTES / hash.length));
}
