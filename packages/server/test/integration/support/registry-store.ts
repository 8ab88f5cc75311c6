import { readdir, readFile, rename, truncate } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import type { Config } from '../../../src/config/config.ts';
import { type InstanceLocation, locateInstance } from '../../../src/control-plane/instances/instance-location.ts';
import type { InstanceSchema } from '../../../src/db/instance/schema.ts';
import type { Database } from '../../../src/drivers/database/database.ts';
import { openPostgresDatabase } from '../../../src/drivers/database/postgres/postgres-database.ts';
import { openSqliteDatabase } from '../../../src/drivers/database/sqlite/sqlite-database.ts';

/** The rows and files of one instance, read past the application. */
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
  readObject(storageKey: string): Promise<Buffer>;
  /** Cuts the object's file, as a failing medium might. */
  damageObject(storageKey: string, sizeBytes: number): Promise<void>;
  /** Takes the object's file away, as an unmounted volume does. @returns what brings it back */
  hideObject(storageKey: string): Promise<() => Promise<void>>;
  /** Names of the files of open uploads. */
  listUploadFiles(): Promise<readonly string[]>;
  /** Every row of every blob has its file with its size. @returns the rows without */
  findRowsWithoutBytes(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openStore(config: Config, instanceId: string): Promise<Store> {
  const location = locateInstance(config.dataDir, instanceId);
  const database = await openDatabase(config.databaseUrl, location);
  const objects = path.join(location.blobsFolder, 'blobs');
  const listObjects = async () => (await listFiles(objects)).map((file) => path.basename(file));
  const findObject = async (storageKey: string) => {
    const file = (await listFiles(objects)).find((name) => path.basename(name) === storageKey);
    if (file === undefined) throw new Error(`there is no object ${storageKey}`);
    return file;
  };
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
    listObjects,
    readObject: async (storageKey) => readFile(await findObject(storageKey)),
    damageObject: async (storageKey, sizeBytes) => truncate(await findObject(storageKey), sizeBytes),
    hideObject: async (storageKey) => {
      const file = await findObject(storageKey);
      await rename(file, `${file}.hidden`);
      return () => rename(`${file}.hidden`, file);
    },
    listUploadFiles: async () =>
      (await listFiles(path.join(location.blobsFolder, 'uploads'))).map((file) => path.basename(file)),
    findRowsWithoutBytes: async () => {
      const files = new Map((await listFiles(objects)).map((file) => [path.basename(file), file]));
      const lacking: string[] = [];
      for (const row of await rows('blobs')) {
        // The collector takes the copy first and the row after it.
        if (row['deleting_at'] !== null) continue;
        const file = files.get(String(row['storage_key']));
        const size = file === undefined ? undefined : (await readFile(file)).length;
        if (size !== row['size']) lacking.push(String(row['storage_key']));
      }
      return lacking;
    },
    close: () => database.close(),
  };
}

function openDatabase(url: string | undefined, location: InstanceLocation): Promise<Database<InstanceSchema>> {
  if (url === undefined) return openSqliteDatabase<InstanceSchema>(location.sqliteFile);
  const { postgresSchema: schema } = location;
  return openPostgresDatabase<InstanceSchema>({ url, schema, maxConnections: 4, connectTimeoutMs: 5_000 });
}

/** The digest as the tables hold it: one byte for the algorithm, then the hash. */
export function storedDigest(digest: string): Buffer {
  const [algorithm, hex = ''] = digest.split(':');
  return Buffer.concat([Buffer.of(algorithm === 'sha256' ? 1 : 2), Buffer.from(hex, 'hex')]);
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}
