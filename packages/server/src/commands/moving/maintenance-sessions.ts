import { sql } from 'kysely';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { Database } from '../../drivers/database/database.ts';

const OWN_NAME = 'roadstead-move';

/** The same address, under a name that tells this command's connections from those of servers. */
export function nameConnections(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('application_name', OWN_NAME);
  return url.href;
}

/** How many connections servers have to this PostgreSQL database now. An idle server may have none. */
export async function countServerSessions({ reader }: Database<ControlPlaneSchema>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from pg_stat_activity
     where datname = current_database() and application_name = 'roadstead'`.execute(reader);
  return Number(rows[0]?.count ?? 0);
}
