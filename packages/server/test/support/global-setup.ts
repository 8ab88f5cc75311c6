import type { TestProject } from 'vitest/node';
import { findPostgres } from './find-postgres.ts';
import { openHarborTally } from './harbor-tally.ts';
import { startPostgres } from './start-postgres.ts';
import { hasRadosgw, launchRadosgw, type S3Access } from './start-radosgw.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server on which a test may create databases; undefined where the tests run on SQLite only. */
    postgresUrl: string | undefined;
    /** An S3 server, which may need some seconds until it answers; undefined where the tests do without. */
    s3: S3Access | undefined;
    /** The file to which tests of Harbor's API add a line for each answer: operation and status. */
    harborTally: string;
  }
}

/** Starts the servers that tests share, once for the whole run. In CI the absence of one is a failure; elsewhere it is said. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using servers = new AsyncDisposableStack();
  await providePostgres(project, servers);
  await provideS3(project, servers);
  servers.use(await openHarborTally(project));
  const running = servers.move();
  return () => running.disposeAsync();
}

async function providePostgres(project: TestProject, servers: AsyncDisposableStack): Promise<void> {
  const wanted = process.env['ROADSTEAD_TEST_POSTGRES_URL'] || findPostgres();
  if (!wanted) {
    if (process.env['CI'] === 'true') throw new Error('PostgreSQL is not installed, and CI must test on it');
    console.log('PostgreSQL is not installed here: the tests ran on SQLite only');
    project.provide('postgresUrl', undefined);
    return;
  }
  const postgres = await startPostgres();
  servers.defer(() => postgres.stop());
  project.provide('postgresUrl', postgres.url);
}

/** Nobody waits for it here: most tests do without, and the others wait for their first bucket. */
async function provideS3(project: TestProject, servers: AsyncDisposableStack): Promise<void> {
  const existing = process.env['ROADSTEAD_TEST_S3_URL'];
  if (existing) {
    project.provide('s3', toS3Access(existing));
    return;
  }
  if (!hasRadosgw()) {
    if (process.env['CI'] === 'true') throw new Error('Ceph is not installed, and CI must test on its S3 server');
    console.log('Ceph (ceph-mon, ceph-osd, ceph-common, radosgw) is not installed here: the tests ran without S3');
    project.provide('s3', undefined);
    return;
  }
  const { endpoint, region, accessKeyId, secretAccessKey, ready, stop } = await launchRadosgw({});
  ready.catch((error: unknown) => console.error(error));
  servers.defer(stop);
  project.provide('s3', { endpoint, region, accessKeyId, secretAccessKey });
}

/** @param url `https://ACCESS_KEY:SECRET_KEY@HOST/?region=…` of a server on which buckets may be made */
function toS3Access(url: string): S3Access {
  const { origin, username, password, searchParams } = new URL(url);
  return {
    endpoint: origin,
    region: searchParams.get('region') ?? 'us-east-1',
    accessKeyId: decodeURIComponent(username),
    secretAccessKey: decodeURIComponent(password),
  };
}
