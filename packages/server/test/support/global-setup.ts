import type { TestProject } from 'vitest/node';
import { findPostgres } from './find-postgres.ts';
import { startPostgres } from './start-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server on which a test may create databases; undefined where the tests run on SQLite only. */
    postgresUrl: string | undefined;
  }
}

/** Starts PostgreSQL once for the whole run. In CI its absence is a failure; elsewhere it is said. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const wanted = process.env['ROADSTEAD_TEST_POSTGRES_URL'] || findPostgres();
  if (!wanted) {
    if (process.env['CI'] === 'true') throw new Error('PostgreSQL is not installed, and CI must test on it');
    console.log('PostgreSQL is not installed here: the tests ran on SQLite only');
    project.provide('postgresUrl', undefined);
    return undefined;
  }
  const postgres = await startPostgres();
  project.provide('postgresUrl', postgres.url);
  return () => postgres.stop();
}
