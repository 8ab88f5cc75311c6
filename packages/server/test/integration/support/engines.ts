import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { createDatabase, dropDatabase } from '../../support/create-database.ts';

export type Engine = 'sqlite' | 'postgres';

/** The engines that this run tests on; the set-up has said so when PostgreSQL is left out. */
export const ENGINES: readonly Engine[] = inject('postgresUrl') === undefined ? ['sqlite'] : ['sqlite', 'postgres'];

/** A PostgreSQL database for one registry. */
export async function createEngineDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const server = inject('postgresUrl');
  if (server === undefined) throw new Error('this run has no PostgreSQL');
  const name = `integration_${randomBytes(8).toString('hex')}`;
  return { url: await createDatabase(server, name), drop: () => dropDatabase(server, name) };
}
