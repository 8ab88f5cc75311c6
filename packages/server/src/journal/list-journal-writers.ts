import { type Kysely, sql } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';

/**
 * Who has a transaction open that has written to the journal, or is about to: whoever has an id there that is not committed is
 * among them. None where ids are given in the order of the commits.
 */
export async function listJournalWriters(
  db: Kysely<InstanceSchema>,
  openWriters: string | undefined,
): Promise<readonly string[]> {
  if (openWriters === undefined) return [];
  const { rows } = await sql<{ writer: string }>`
    select distinct writer from (${sql.raw(openWriters)}) as writers where table_name = 'journal'`.execute(db);
  return rows.map(({ writer }) => writer);
}
