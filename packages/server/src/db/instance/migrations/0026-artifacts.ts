import { type Kysely, type SqlBool, sql } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import { createTrigger, type TriggerDefinition } from '../create-trigger.ts';
import { everyChange, noteChanges } from '../note-changes.ts';
import type { InstanceSchema } from '../schema.ts';

/** What lists of artifacts are read from. The rows of manifests that are there already are described in the background. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  await createTables(db, capabilities);
  // First the triggers, whose creation waits for writes under way and keeps others out: none is missed in between.
  for (const trigger of TRIGGERS) await createTrigger(db, capabilities, trigger);
  await noteChanges(db, capabilities, everyChange('pulls', 'kind', 'id'));
  await fill(db);
  await createIndexes(db);
}

async function createTables(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('artifacts')
    .addColumn('manifest_id', 'bigint', (column) => column.primaryKey().references('manifests.id').onDelete('cascade'))
    .addColumn('repository_id', 'bigint', (column) => column.notNull())
    .addColumn('project_id', 'bigint', (column) => column.notNull())
    .addColumn('pushed_at', 'bigint', (column) => column.notNull())
    .addColumn('pulled_at', 'bigint')
    .addColumn('artifact_type', 'text')
    .addColumn('tag_count', 'integer', (column) => column.notNull())
    .addColumn('parent_count', 'integer', (column) => column.notNull())
    .addColumn('has_subject', 'integer', (column) => column.notNull())
    .addColumn('is_listed', 'integer', (column) => column.notNull())
    .addColumn('type', 'text')
    .addColumn('media_type', 'text')
    .addColumn('size', 'bigint')
    .addColumn('accessory_type', 'text')
    .addColumn('subject_digest', type.bytes)
    .execute();
  await db.schema
    .createTable('manifest_configs')
    .addColumn('manifest_id', 'bigint', (column) => column.primaryKey().references('manifests.id').onDelete('cascade'))
    .addColumn('attributes', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('pulls')
    .addColumn('kind', type.name, (column) => column.notNull())
    .addColumn('id', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('pulls_key', ['kind', 'id'])
    .execute();
}

/** Whether a list shows the row, with these in the place of the columns. */
function listed({ tags = 'tag_count', parents = 'parent_count', subject = 'has_subject' } = {}): string {
  return `case when (accessory_type is null or ${subject} = 0) and (${tags} > 0 or ${parents} = 0) then 1 else 0 end`;
}

function count(column: 'tag_count' | 'parent_count', change: '+ 1' | '- 1', where: string): string {
  const value = `${column} ${change}`;
  const is = listed(column === 'tag_count' ? { tags: value } : { parents: value });
  return `update artifacts set ${column} = ${value}, is_listed = ${is} where manifest_id = ${where}`;
}

const CHILD = (row: 'new' | 'old') =>
  `(select id from manifests where repository_id = ${row}.repository_id and digest = ${row}.digest)`;

/** Both in one statement, which locks them in the order of their ids. */
const MOVED = 'tag_count + case when manifest_id = new.manifest_id then 1 else -1 end';
const MOVE = `update artifacts set tag_count = ${MOVED}, is_listed = ${listed({ tags: `(${MOVED})` })}
        where manifest_id in (old.manifest_id, new.manifest_id)`;

const TRIGGERS: readonly TriggerDefinition[] = [
  {
    name: 'artifact_of_manifest',
    after: 'insert on manifests',
    // Two transactions that store an accessory and its subject at the same time would else both miss the other's row.
    locks: ["perform pg_advisory_xact_lock(hashtextextended(encode(new.digest, 'hex'), new.repository_id))"],
    statements: [
      `insert into artifacts
         (manifest_id, repository_id, project_id, pushed_at, artifact_type, tag_count, parent_count, has_subject, is_listed)
       select new.id, new.repository_id, r.project_id, new.created_at, new.artifact_type, 0, p.parents, 0,
              case when p.parents = 0 then 1 else 0 end
         from repositories r
        cross join (select count(*) as parents from manifest_descriptors d
                     where d.repository_id = new.repository_id and d.digest = new.digest and d.role = 'manifest') p
        where r.id = new.repository_id`,
      `update artifacts set has_subject = 1, is_listed = 0
        where repository_id = new.repository_id and subject_digest = new.digest`,
    ],
  },
  {
    name: 'artifact_without_subject',
    after: 'delete on manifests',
    statements: [
      `update artifacts set has_subject = 0, is_listed = ${listed({ subject: '0' })}
        where repository_id = old.repository_id and subject_digest = old.digest`,
      "delete from pulls where kind = 'manifest' and id = old.id",
    ],
  },
  {
    name: 'artifact_in_index',
    after: 'insert on manifest_descriptors',
    atCommit: true,
    when: "new.role = 'manifest'",
    statements: [count('parent_count', '+ 1', CHILD('new'))],
  },
  {
    name: 'artifact_out_of_index',
    after: 'delete on manifest_descriptors',
    atCommit: true,
    when: "old.role = 'manifest'",
    statements: [count('parent_count', '- 1', CHILD('old'))],
  },
  {
    name: 'artifact_tagged',
    after: 'insert on tags',
    atCommit: true,
    statements: [count('tag_count', '+ 1', 'new.manifest_id')],
  },
  {
    name: 'artifact_untagged',
    after: 'delete on tags',
    atCommit: true,
    statements: [count('tag_count', '- 1', 'old.manifest_id'), "delete from pulls where kind = 'tag' and id = old.id"],
  },
  {
    name: 'artifact_tag_moved',
    after: 'update of manifest_id on tags',
    atCommit: true,
    when: 'new.manifest_id <> old.manifest_id',
    statements: [MOVE],
  },
  {
    name: 'artifact_of_other_project',
    after: 'update of project_id on repositories',
    statements: ['update artifacts set project_id = new.project_id where repository_id = new.id'],
  },
  {
    name: 'repository_without_pulls',
    after: 'delete on repositories',
    statements: ["delete from pulls where kind = 'repository' and id = old.id"],
  },
  ...(['insert', 'update'] as const).map((event) => ({
    name: `artifact_pulled_${event}`,
    after: `${event} on pulls`,
    when: "new.kind = 'manifest'",
    statements: ['update artifacts set pulled_at = new.last_at where manifest_id = new.id'],
  })),
];

async function fill(db: Kysely<InstanceSchema>): Promise<void> {
  await sql`
    insert into artifacts
      (manifest_id, repository_id, project_id, pushed_at, artifact_type, tag_count, parent_count, has_subject, is_listed)
    select c.id, c.repository_id, c.project_id, c.created_at, c.artifact_type, c.tags, c.parents, 0,
           case when c.tags > 0 or c.parents = 0 then 1 else 0 end
      from (
        select m.id, m.repository_id, r.project_id, m.created_at, m.artifact_type,
               (select count(*) from tags t where t.manifest_id = m.id) as tags,
               (select count(*) from manifest_descriptors d
                 where d.repository_id = m.repository_id and d.digest = m.digest and d.role = 'manifest') as parents
          from manifests m
          join repositories r on r.id = m.repository_id) c`.execute(db);
}

/** Pages are found in an index alone, however deep. */
async function createIndexes(db: Kysely<InstanceSchema>): Promise<void> {
  for (const scope of ['repository', 'project'] as const) {
    for (const order of ['pushed', 'pulled'] as const) {
      await db.schema
        .createIndex(`artifacts_${scope}_${order}`)
        .on('artifacts')
        .columns([`${scope}_id`, `${order}_at`, 'manifest_id'])
        .where(sql<SqlBool>`is_listed = 1`)
        .execute();
    }
  }
  await db.schema
    .createIndex('artifacts_subject')
    .on('artifacts')
    .columns(['repository_id', 'subject_digest', 'manifest_id'])
    .where(sql<SqlBool>`subject_digest is not null`)
    .execute();
  await db.schema
    .createIndex('artifacts_undescribed')
    .on('artifacts')
    .column('manifest_id')
    .where(sql<SqlBool>`type is null`)
    .execute();
}
