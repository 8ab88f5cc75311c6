import { sql } from 'kysely';
import type { Config } from '../../../src/config/config.ts';
import { type InstanceLocation, locateInstance } from '../../../src/control-plane/instances/instance-location.ts';
import type { InstanceSchema } from '../../../src/db/instance/schema.ts';
import type { Database } from '../../../src/drivers/database/database.ts';
import { openPostgresDatabase } from '../../../src/drivers/database/postgres/postgres-database.ts';
import { openSqliteDatabase } from '../../../src/drivers/database/sqlite/sqlite-database.ts';
import type { BlobMedium } from './blob-medium.ts';

/** The rows and objects of one instance, read past the application. */
export interface Store {
  readonly database: Database<InstanceSchema>;
  /** Rows of a table, each as it is. */
  rows<Table extends keyof InstanceSchema & string>(table: Table): Promise<readonly Record<string, unknown>[]>;
  count(table: keyof InstanceSchema & string): Promise<number>;
  /** The row of the blob with this digest; undefined when nobody names one so. */
  findBlobRow(
    digest: string,
  ): Promise<{ readonly id: number; readonly size: number; readonly storage_key: string } | undefined>;
  /** Names of the stored objects. */
  listObjects(): Promise<readonly string[]>;
  /** The bytes of all stored objects. */
  storedBytes(): Promise<number>;
  readObject(storageKey: string): Promise<Buffer>;
  /** Cuts the object, as a failing medium might. */
  damageObject(storageKey: string, sizeBytes: number): Promise<void>;
  /** Takes the object away, as an unmounted volume does. @returns what brings it back */
  hideObject(storageKey: string): Promise<() => Promise<void>>;
  /** Ids of the uploads of which the medium holds something. */
  listUploads(): Promise<readonly string[]>;
  /** Every row of every blob has its object with its size. @returns the rows without */
  findRowsWithoutBytes(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openStore(config: Config, instanceId: string, medium: BlobMedium): Promise<Store> {
  const database = await openDatabase(config.databaseUrl, locateInstance(config.dataDir, instanceId));
  const objects = await medium.openObjects(instanceId);
  const rows = async (table: string) => {
    const result = await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(database.reader);
    // PostgreSQL gives rows in the order of their places on the disk, which deleted ones have freed.
    return result.rows.toSorted((left, right) => Number(left['id']) - Number(right['id']));
  };
  return {
    database,
    rows,
    count: async (table) => (await rows(table)).length,
    findBlobRow: (digest) =>
      database.reader
        .selectFrom('blob_digests')
        .innerJoin('blobs', 'blobs.id', 'blob_digests.blob_id')
        .select(['blobs.id', 'blobs.size', 'blobs.storage_key'])
        .where('blob_digests.digest', '=', storedDigest(digest))
        .executeTakeFirst(),
    listObjects: async () => (await objects.list()).map(({ key }) => key),
    storedBytes: async () => (await objects.list()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    readObject: (storageKey) => objects.read(storageKey),
    damageObject: (storageKey, sizeBytes) => objects.truncate(storageKey, sizeBytes),
    hideObject: (storageKey) => objects.hide(storageKey),
    listUploads: () => objects.listUploads(),
    findRowsWithoutBytes: async () => {
      const sizes = new Map((await objects.list()).map(({ key, sizeBytes }) => [key, sizeBytes]));
      // The collector takes the copy first and the row after it.
      const kept = (await rows('blobs')).filter((row) => row['deleting_at'] === null);
      const lacking = kept.filter((row) => sizes.get(String(row['storage_key'])) !== row['size']);
      return lacking.map((row) => String(row['storage_key']));
    },
    close: async () => {
      await objects.close();
      await database.close();
    },
  };
}

function openDatabase(url: string | undefined, location: InstanceLocation): Promise<Database<InstanceSchema>> {
  if (url === undefined) return openSqliteDatabase<InstanceSchema>(location.sqliteFile);
  const { postgresSchema: schema } = location;
  return openPostgresDatabase<InstanceSchema>({
    url,
    schema,
    owner: 'as-found',
    maxConnections: 4,
    connectTimeoutMs: 5_000,
  });
}

/** The digest as the tables hold it: one byte for the algorithm, then the hash. */
export function storedDigest(digest: string): Buffer {
  const [algorithm, hex = ''] = digest.split(':');
  return Buffer.concat([Buffer.of(algorithm === 'sha256' ? 1 : 2), Buffer.from(hex, 'hex')]);
}
