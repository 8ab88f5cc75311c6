import { type Kysely, sql } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import type { InstanceSchema } from '../schema.ts';

/** As in `operations/audit-events/hot-kinds.ts`, whose queries name it in these words. */
const IS_RARE_KIND = "kind not in ('blob.mounted', 'blob.uploaded', 'manifest.pulled', 'manifest.pushed', 'tag.moved')";

/**
 * Ways into the journal for who searches it: by time, by project, and by kind for all that is rarer than pushes and pulls. The
 * first two grow at their end with each push, which together costs an entry 1.3 µs on SQLite and 3 µs on PostgreSQL; the last costs
 * a push nothing. An index by actor, address or repository would cost as much again, for searches that are rarer.
 */
export async function up(db: Kysely<InstanceSchema>, { codePointCollation }: DatabaseCapabilities): Promise<void> {
  const kind = codePointCollation === undefined ? 'kind' : `kind collate "${codePointCollation}"`;
  await db.schema.createIndex('journal_at').on('journal').columns(['at', 'id']).execute();
  await db.schema
    .createIndex('journal_project')
    .on('journal')
    .columns(['project_id', 'at', 'id'])
    .where('project_id', 'is not', null)
    .execute();
  await sql.raw(`create index journal_rare_kind on journal (${kind}, at, id) where ${IS_RARE_KIND}`).execute(db);
}
