import type { Kysely } from 'kysely';
import type { DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { columnTypes } from '../../column-types.ts';
import type { InstanceSchema } from '../schema.ts';

/** Executions, their jobs with lease and log, and the schedules that make executions. */
export async function up(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  await createExecutions(db, capabilities);
  await createJobs(db, capabilities);
  await createJobLog(db);
  await createSchedules(db, capabilities);
}

async function createExecutions(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('job_executions')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('kind', type.name, (column) => column.notNull())
    .addColumn('subject', type.name, (column) => column.notNull())
    .addColumn('trigger', 'text', (column) => column.notNull())
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('message', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('job_executions_subject')
    .on('job_executions')
    .columns(['kind', 'subject', 'id'])
    .execute();
  await db.schema
    .createIndex('job_executions_ended')
    .on('job_executions')
    .column('ended_at')
    .where('ended_at', 'is not', null)
    .execute();
}

async function createJobs(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('jobs')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('execution_id', 'bigint', (column) => column.references('job_executions.id'))
    .addColumn('name', type.name, (column) => column.unique())
    .addColumn('repeat_every_ms', 'bigint')
    .addColumn('kind', type.name, (column) => column.notNull())
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('status', type.name, (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('max_attempts', 'integer', (column) => column.notNull())
    .addColumn('run_after', 'bigint', (column) => column.notNull())
    .addColumn('lease_owner', 'text')
    .addColumn('lease_token', 'bigint', (column) => column.notNull())
    .addColumn('lease_until', 'bigint')
    .addColumn('stop_requested', 'integer', (column) => column.notNull())
    .addColumn('progress', 'text')
    .addColumn('result', 'text')
    .addColumn('error', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .execute();
  await db.schema.createIndex('jobs_execution').on('jobs').columns(['execution_id', 'status', 'id']).execute();
  await db.schema.createIndex('jobs_queue').on('jobs').columns(['status', 'kind', 'run_after', 'id']).execute();
  await db.schema
    .createIndex('jobs_lease')
    .on('jobs')
    .column('lease_until')
    .where('lease_until', 'is not', null)
    .execute();
}

async function createJobLog(db: Kysely<InstanceSchema>): Promise<void> {
  await db.schema
    .createTable('job_log')
    .addColumn('job_id', 'bigint', (column) => column.notNull().references('jobs.id').onDelete('cascade'))
    .addColumn('line', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('job_log_key', ['job_id', 'line'])
    .execute();
}

async function createSchedules(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema
    .createTable('job_schedules')
    .addColumn('id', type.id, type.idOptions)
    .addColumn('name', type.name, (column) => column.notNull().unique())
    .addColumn('kind', type.name, (column) => column.notNull())
    .addColumn('subject', type.name, (column) => column.notNull())
    .addColumn('cron', 'text', (column) => column.notNull())
    .addColumn('time_zone', 'text', (column) => column.notNull())
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('max_attempts', 'integer', (column) => column.notNull())
    .addColumn('is_paused', 'integer', (column) => column.notNull())
    .addColumn('next_at', 'bigint')
    .addColumn('last_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('job_schedules_next')
    .on('job_schedules')
    .column('next_at')
    .where('next_at', 'is not', null)
    .execute();
}
