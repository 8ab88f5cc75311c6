import { blobsUrl, createBucket } from '../support/create-bucket.ts';
import { findPostgres } from '../support/find-postgres.ts';
import { startPostgres } from '../support/start-postgres.ts';
import { hasRadosgw, startRadosgw } from '../support/start-radosgw.ts';

/** A database and a blob storage that the server can have. */
export interface Place {
  /** `postgres + s3` */
  readonly name: string;
  /** Settings of the server, empty for SQLite and the data folder. */
  readonly env: Readonly<Record<string, string>>;
}

/** Each database with each blob storage that this machine has; in CI the absence of one is a failure. */
export async function* openPlaces(): AsyncGenerator<Place> {
  await using servers = new AsyncDisposableStack();
  const databases = [{ name: 'sqlite', createEnv: async () => ({ ROADSTEAD_DATABASE_URL: '' }) }];
  const storages = [{ name: 'files', createEnv: async () => ({}) as Readonly<Record<string, string>> }];
  if (has('PostgreSQL', process.env['ROADSTEAD_TEST_POSTGRES_URL'] || findPostgres())) {
    const postgres = await startPostgres();
    servers.defer(() => postgres.stop());
    let count = 0;
    const createEnv = async () => {
      count += 1;
      return { ROADSTEAD_DATABASE_URL: await postgres.createDatabase(`conformance_${process.pid}_${count}`) };
    };
    databases.push({ name: 'postgres', createEnv });
  }
  if (has('an S3 server (Ceph)', hasRadosgw())) {
    const s3 = await startRadosgw();
    servers.defer(() => s3.stop());
    storages.push({
      name: 's3',
      createEnv: async () => ({ ROADSTEAD_BLOBS: blobsUrl(s3, await createBucket(s3)) }),
    });
  }
  for (const storage of storages) {
    for (const database of databases) {
      const env = { ...(await database.createEnv()), ...(await storage.createEnv()) };
      yield { name: `${database.name} + ${storage.name}`, env };
    }
  }
}

function has(what: string, found: unknown): boolean {
  if (found) return true;
  if (process.env['CI'] === 'true') throw new Error(`there is no ${what} here, and CI must test with it`);
  console.log(`There is no ${what} here: conformance was tested without it`);
  return false;
}
