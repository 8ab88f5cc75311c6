import { existsSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import type { BlobsConfig } from '../../blob-storages.ts';
import { DEFAULT_INSTANCE_ID } from '../../control-plane/instances/instance-id.ts';
import { CONTROL_PLANE_SQLITE_FILE, locateInstance } from '../../control-plane/instances/instance-location.ts';
import { findMark } from '../../control-plane/move-marks.ts';
import { describeMove } from '../../control-plane.ts';
import { type DatabaseConfig, openControlPlaneAsItIs, openInstanceAsItIs } from '../../databases.ts';
import { CONTROL_PLANE_MIGRATIONS } from '../../db/control-plane/migrations.ts';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import { INSTANCE_MIGRATIONS } from '../../db/instance/migrations.ts';
import { listAppliedSteps } from '../../db/migrate.ts';
import type { Database } from '../../drivers/database/database.ts';
import { type Finding, fail, ok, reasonOf, warn } from './finding.ts';

/** Beyond these the doctor would take long; what is wrong with a server shows in the first ones. */
const MAX_INSTANCES = 20;
const MIN_POSTGRES_VERSION = 150_000;

export interface DatabaseCheck {
  readonly findings: readonly Finding[];
  /** Open, to be closed by the caller; undefined when there is none yet or it cannot be opened. */
  readonly controlPlane: Database<ControlPlaneSchema> | undefined;
  /** Its tables are there and are not newer than this version. */
  readonly isControlPlaneReadable: boolean;
  /** Instances whose data exist. */
  readonly instanceIds: readonly string[];
}

/** Opens the control plane's database and those of instances; changes no table. */
export async function checkDatabases(config: DatabaseConfig & BlobsConfig): Promise<DatabaseCheck> {
  const check = 'database';
  const none = { controlPlane: undefined, isControlPlaneReadable: false, instanceIds: [] };
  const isSqlite = config.databaseUrl === undefined;
  if (isSqlite && !existsSync(path.join(config.dataDir, CONTROL_PLANE_SQLITE_FILE))) {
    return { ...none, findings: [ok(check, 'SQLite; the first start makes it')] };
  }
  let controlPlane: Database<ControlPlaneSchema>;
  try {
    controlPlane = await openControlPlaneAsItIs(config);
  } catch (error) {
    return { ...none, findings: [fail(check, `cannot be opened: ${reasonOf(error)}`, remedyOfOpening(isSqlite))] };
  }
  const schema = await inspectSchema(controlPlane, {
    check: 'database of the control plane',
    steps: CONTROL_PLANE_MIGRATIONS,
  });
  const findings = [...(isSqlite ? [] : [await checkPostgresVersion(controlPlane)]), schema.finding];
  if (schema.isReadable) findings.push(...(await checkMoves(config, controlPlane)));
  const instanceIds = schema.isReadable ? await findInstanceIds(config, controlPlane) : [];
  if (!isSqlite && instanceIds.length > 1) findings.push(await checkRoles(controlPlane));
  for (const id of instanceIds) findings.push(await checkInstance(config, id));
  return { findings, controlPlane, isControlPlaneReadable: schema.isReadable, instanceIds };
}

/** Nothing where there was no move, which is the rule. */
async function checkMoves(config: BlobsConfig, { reader }: Database<ControlPlaneSchema>): Promise<readonly Finding[]> {
  const problem = describeMove(config, await findMark(reader, 'database-move'), await findMark(reader, 'blobs-move'));
  return problem === undefined ? [] : [fail('moves', problem, 'see docs/moving.md')];
}

async function checkInstance(config: DatabaseConfig, id: string): Promise<Finding> {
  const check = `database of ${id}`;
  try {
    const database = await openInstanceAsItIs(config, id);
    try {
      return (await inspectSchema(database, { check, steps: INSTANCE_MIGRATIONS })).finding;
    } finally {
      await database.close();
    }
  } catch (error) {
    return fail(check, `cannot be opened: ${reasonOf(error)}`, remedyOfOpening(config.databaseUrl === undefined));
  }
}

interface SchemaInspection {
  readonly finding: Finding;
  readonly isReadable: boolean;
}

async function inspectSchema<Schema>(
  database: Database<Schema>,
  expected: { readonly check: string; readonly steps: Readonly<Record<string, unknown>> },
): Promise<SchemaInspection> {
  const { check, steps } = expected;
  try {
    await database.checkHealth();
    const applied = await listAppliedSteps(database.reader);
    const unknown = applied.filter((name) => !Object.hasOwn(steps, name));
    const pending = Object.keys(steps).filter((name) => !applied.includes(name));
    if (unknown.length > 0) {
      const message = `was written by a newer Roadstead (schema step ${unknown.join(', ')})`;
      return { finding: fail(check, message, 'start that version or a newer one'), isReadable: false };
    }
    const message =
      pending.length === 0
        ? 'reachable, writable, up to date'
        : `reachable; the next start takes ${pending.length} schema steps`;
    return { finding: ok(check, message), isReadable: applied.length > 0 };
  } catch (error) {
    const remedy = remedyOfOpening(database.engine === 'sqlite');
    return { finding: fail(check, `does not answer: ${reasonOf(error)}`, remedy), isReadable: false };
  }
}

async function checkPostgresVersion(database: Database<ControlPlaneSchema>): Promise<Finding> {
  const check = 'PostgreSQL';
  try {
    const { rows } = await sql<{ server_version_num: string }>`show server_version_num`.execute(database.reader);
    const version = Number(rows[0]?.server_version_num);
    const shown = `version ${Math.floor(version / 10_000)}.${version % 10_000}`;
    return version >= MIN_POSTGRES_VERSION ? ok(check, shown) : fail(check, shown, 'use PostgreSQL 15 or newer');
  } catch (error) {
    return warn(check, `does not tell its version (${reasonOf(error)})`, 'make sure that it is PostgreSQL 15 or newer');
  }
}

/** With a role of its own each, no statement of one instance reaches the tables of another. */
async function checkRoles(controlPlane: Database<ControlPlaneSchema>): Promise<Finding> {
  const check = 'roles of instances';
  const { rows } = await sql<{ allowed: boolean }>`
    select rolcreaterole or rolsuper as allowed from pg_roles where rolname = session_user`.execute(
    controlPlane.reader,
  );
  if (rows[0]?.allowed === true) return ok(check, 'each instance works as a role of its own');
  const remedy = 'ALTER ROLE … CREATEROLE for that user, and start the server again';
  return warn(check, 'the database user may not create roles: all instances work as that one user', remedy);
}

/** The instances with rows, or `main` without any; only those that were opened once. */
async function findInstanceIds(
  config: DatabaseConfig,
  controlPlane: Database<ControlPlaneSchema>,
): Promise<readonly string[]> {
  const rows = await controlPlane.reader
    .selectFrom('instances')
    .select('id')
    .where('state', '=', 'active')
    .orderBy('id')
    .limit(MAX_INSTANCES)
    .execute();
  const ids = rows.length === 0 ? [DEFAULT_INSTANCE_ID] : rows.map((row) => row.id);
  if (config.databaseUrl === undefined)
    return ids.filter((id) => existsSync(locateInstance(config.dataDir, id).sqliteFile));
  const { rows: schemas } = await sql<{
    schema_name: string;
  }>`select schema_name from information_schema.schemata`.execute(controlPlane.reader);
  const names = new Set(schemas.map((row) => row.schema_name));
  return ids.filter((id) => names.has(locateInstance(config.dataDir, id).postgresSchema));
}

function remedyOfOpening(isSqlite: boolean): string {
  return isSqlite
    ? 'check the rights and the room of the data folder; restore the file from a backup if it is damaged'
    : 'check ROADSTEAD_DATABASE_URL, that PostgreSQL runs, and that its user may create schemas';
}
