import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import {
  CONTROL_PLANE_POSTGRES_SCHEMA,
  CONTROL_PLANE_SQLITE_FILE,
  locateInstance,
} from '../../control-plane/instances/instance-location.ts';
import { DATABASE_MARK, type DatabaseMark, findMark } from '../../control-plane/move-marks.ts';
import { type DatabaseConfig, openControlPlaneAsItIs } from '../../databases.ts';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { Database } from '../../drivers/database/database.ts';
import { ProductError } from '../../kernel/errors.ts';
import { reasonOf } from '../doctor/finding.ts';
import { createInstanceData } from '../instance-data.ts';
import { countServerSessions } from './maintenance-sessions.ts';
import { describeDatabase } from './read-database-target.ts';

/** What a database that is to be moved into holds. */
export type TargetState =
  | { readonly kind: 'empty' }
  /** A registry that no move has left there. */
  | { readonly kind: 'taken' }
  /** A move has begun to fill it, or has taken away what it holds. */
  | { readonly kind: 'marked'; readonly mark: DatabaseMark };

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Looks into the target without changing it.
 * @throws ProductError UNAVAILABLE when it cannot be used, CONFLICT when servers use it
 */
export async function inspectTarget(target: DatabaseConfig): Promise<TargetState> {
  try {
    return await (target.databaseUrl === undefined ? inspectFiles(target) : inspectSchemas(target.databaseUrl));
  } catch (error) {
    if (error instanceof ProductError && error.code === 'CONFLICT') throw error;
    const place = describeDatabase(target.databaseUrl, target.dataDir);
    throw new ProductError(
      'UNAVAILABLE',
      `${place} cannot be used: ${explain(error)}. Check the address, and that its user may create schemas there.`,
      { cause: error },
    );
  }
}

/** Removes what a move has left in the target: databases of instances, and the control plane's last. */
export async function clearTarget(target: DatabaseConfig, instanceIds: readonly string[]): Promise<void> {
  const ids = new Set([...instanceIds, ...(await listIdsThere(target))]);
  const data = createInstanceData({ ...target, blobs: undefined });
  for (const id of ids) await data.dropDatabase(id);
  const { dataDir, databaseUrl: url } = target;
  if (url === undefined) {
    const file = path.join(dataDir, CONTROL_PLANE_SQLITE_FILE);
    for (const suffix of ['-wal', '-shm', '']) await rm(`${file}${suffix}`, { force: true });
    return;
  }
  const { dropPostgresSchema } = await import('../../drivers/database/postgres/postgres-database.ts');
  const options = { url, maxConnections: 1, connectTimeoutMs: CONNECT_TIMEOUT_MS };
  await dropPostgresSchema({ ...options, schema: CONTROL_PLANE_POSTGRES_SCHEMA });
}

async function inspectFiles(target: DatabaseConfig): Promise<TargetState> {
  if (!existsSync(path.join(target.dataDir, CONTROL_PLANE_SQLITE_FILE))) {
    return { kind: (await listFilesThere(target.dataDir)).length === 0 ? 'empty' : 'taken' };
  }
  const controlPlane = await openControlPlaneAsItIs(target);
  try {
    const mark = await findMark(controlPlane.reader, DATABASE_MARK.name);
    return mark === undefined ? { kind: 'taken' } : { kind: 'marked', mark };
  } finally {
    await controlPlane.close();
  }
}

/** By way of the schema `public`, which every database has: none of ours is made by a look. */
async function inspectSchemas(url: string): Promise<TargetState> {
  const { openPostgresDatabase } = await import('../../drivers/database/postgres/postgres-database.ts');
  const connection = { url, maxConnections: 2, connectTimeoutMs: CONNECT_TIMEOUT_MS };
  const database = await openPostgresDatabase<ControlPlaneSchema>({
    ...connection,
    schema: 'public',
    owner: 'as-found',
  });
  try {
    if ((await countServerSessions(database)) > 0) {
      throw new ProductError('CONFLICT', 'servers are connected to the database that is to be moved into: stop them');
    }
    const tables = await listTables(database);
    if (tables.length === 0) return { kind: 'empty' };
    const hasMarks = tables.some(
      ({ schema, name }) => schema === CONTROL_PLANE_POSTGRES_SCHEMA && name === DATABASE_MARK.table,
    );
    const mark = hasMarks
      ? await findMark(database.reader.withSchema(CONTROL_PLANE_POSTGRES_SCHEMA), DATABASE_MARK.name)
      : undefined;
    return mark === undefined ? { kind: 'taken' } : { kind: 'marked', mark };
  } finally {
    await database.close();
  }
}

async function listTables({ reader }: Database<ControlPlaneSchema>) {
  const { rows } = await sql<{ schema: string; name: string }>`
    select schemaname as schema, tablename as name from pg_tables
     where schemaname like 'roadstead\\_%'`.execute(reader);
  return rows;
}

/** Instances whose databases are in the target, whatever the source knows of them. */
async function listIdsThere(target: DatabaseConfig): Promise<readonly string[]> {
  if (target.databaseUrl === undefined) return listFilesThere(target.dataDir);
  const controlPlane = await openControlPlaneAsItIs(target);
  try {
    const tables = await listTables(controlPlane);
    const isThere = tables.some(({ schema, name }) => schema === controlPlane.schema && name === 'instances');
    if (!isThere) return [];
    const rows = await controlPlane.reader.selectFrom('instances').select('id').execute();
    return rows.map((row) => row.id);
  } finally {
    await controlPlane.close();
  }
}

async function listFilesThere(dataDir: string): Promise<readonly string[]> {
  const names = await readdir(path.join(dataDir, 'instances')).catch(() => []);
  return names.filter((id) => existsSync(locateInstance(dataDir, id).sqliteFile));
}

/** The reason of a driver's error is in its cause. */
function explain(error: unknown): string {
  const cause = error instanceof ProductError && error.cause !== undefined ? error.cause : error;
  return reasonOf(cause).replace(/\.$/, '');
}
