import { createHash } from 'node:crypto';
import type pg from 'pg';
import { ProductError } from '../../../kernel/errors.ts';
import { quoteIdentifier } from './quote-identifier.ts';
import type { SharedPool } from './shared-pool.ts';

/**
 * Makes sure that the schema exists, and that it belongs to a role of its own, as which its connections then work: no statement
 * of one instance can reach the tables of another. A schema from before, or of a user who could not create roles then,
 * changes hands here. Users who may not create roles own their schemas themselves.
 * @returns the role, or undefined when there is none
 */
export async function prepareSchema(pool: SharedPool, schema: string): Promise<string | undefined> {
  const client = await pool.connectAsUser(schema);
  try {
    const { owner, database, createsRoles } = await inspectSchema(client, schema);
    const role = roleOfSchema(database, schema);
    if (owner === role) return role;
    if (createsRoles) return (await giveWhenFree(client, { schema, role, database })) ? role : undefined;
    if (owner === undefined) await createSchema(client, schema);
    return undefined;
  } finally {
    client.release();
  }
}

/** Makes sure that the schema exists; a new one belongs to the user. */
export async function ensureSchema(pool: SharedPool, schema: string): Promise<void> {
  const client = await pool.connectAsUser(schema);
  try {
    const { owner } = await inspectSchema(client, schema);
    if (owner === undefined) await createSchema(client, schema);
  } finally {
    client.release();
  }
}

/** The role of a schema that has one; changes nothing. */
export async function findSchemaRole(pool: SharedPool, schema: string): Promise<string | undefined> {
  const client = await pool.connectAsUser(schema);
  try {
    const { owner, database } = await inspectSchema(client, schema);
    const role = roleOfSchema(database, schema);
    return owner === role ? role : undefined;
  } finally {
    client.release();
  }
}

/** Drops the schema with everything in it, and its role. Neither need exist. */
export async function dropSchema(pool: SharedPool, schema: string): Promise<void> {
  const client = await pool.connectAsUser(schema);
  try {
    const { owner, database } = await inspectSchema(client, schema);
    const role = roleOfSchema(database, schema);
    await inTransaction(client, schema, async () => {
      await client.query(`drop schema if exists ${quoteIdentifier(schema)} cascade`);
      if (owner === role) await client.query(`drop role if exists ${quoteIdentifier(role)}`);
    });
  } finally {
    client.release();
  }
}

interface SchemaInspection {
  /** Undefined when there is no such schema. */
  readonly owner: string | undefined;
  readonly database: string;
  readonly createsRoles: boolean;
}

async function inspectSchema(client: pg.PoolClient, schema: string): Promise<SchemaInspection> {
  const { rows } = await client.query<{ owner: string | null; database: string; creates_roles: boolean }>(
    `select current_database() as database, rolcreaterole or rolsuper as creates_roles,
       (select pg_get_userbyid(nspowner) from pg_namespace where nspname = $1) as owner
     from pg_roles where rolname = session_user`,
    [schema],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the session has no role');
  return { owner: row.owner ?? undefined, database: row.database, createsRoles: row.creates_roles };
}

/** Roles are known to all databases of a server, so that the database's name is part of it; 63 bytes at most. */
function roleOfSchema(database: string, schema: string): string {
  const distinct = createHash('sha256').update(`${database}/${schema}`).digest('hex').slice(0, 12);
  return `${schema.slice(0, 50)}_${distinct}`;
}

interface Gift {
  readonly schema: string;
  readonly role: string;
  readonly database: string;
}

/** A table changes hands only while nobody uses it: not for so long that whoever wants it meanwhile would notice. */
const LOCK_TIMEOUT_MS = 100;
const GIFT_ATTEMPTS = 40;
const PAUSE_MS = 100;
/** SQLSTATE insufficient_privilege */
const NOT_ALLOWED = '42501';
/** SQLSTATE lock_not_available and deadlock_detected */
const IN_USE: readonly unknown[] = ['55P03', '40P01'];

/** @returns false when other nodes kept the tables busy all the time: the next to open the schema tries again */
async function giveWhenFree(client: pg.PoolClient, gift: Gift): Promise<boolean> {
  for (let attempt = 0; attempt < GIFT_ATTEMPTS; attempt += 1) {
    try {
      await inTransaction(client, gift.schema, () => giveToRole(client, gift));
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && IN_USE.includes(error.code))) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (0.5 + Math.random())));
    }
  }
  return false;
}

async function giveToRole(client: pg.PoolClient, { schema, role, database }: Gift): Promise<void> {
  const owner = quoteIdentifier(role);
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  if (rowCount === 0) {
    await client.query(`create role ${owner} nologin`);
    const comment = client.escapeLiteral(`Roadstead: schema ${schema} of the database ${database}`);
    await client.query(`comment on role ${owner} is ${comment}`);
  }
  await client.query(`grant ${owner} to current_user`);
  await client.query(`create schema if not exists ${quoteIdentifier(schema)} authorization ${owner}`);
  await client.query(`alter schema ${quoteIdentifier(schema)} owner to ${owner}`);
  const { rows: tables } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = $1::regnamespace and relkind = 'r' and relowner <> $2::regrole`,
    [quoteIdentifier(schema), owner],
  );
  if (tables.length === 0) return;
  const names = tables.map(({ name }) => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`);
  await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
  await client.query(`lock table ${names.join(', ')} in access exclusive mode`);
  for (const name of names) await client.query(`alter table ${name} owner to ${owner}`);
}

async function createSchema(client: pg.PoolClient, schema: string): Promise<void> {
  const create = `create schema if not exists ${quoteIdentifier(schema)}`;
  await inTransaction(client, schema, () => client.query(create));
}

/** One at a time for each schema among all nodes: PostgreSQL refuses roles and schemas that two create at once. */
async function inTransaction(client: pg.PoolClient, schema: string, work: () => Promise<unknown>): Promise<void> {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`schema ${schema}`]);
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    if (!(error instanceof Error && 'code' in error && error.code === NOT_ALLOWED)) throw error;
    throw new ProductError(
      'UNAVAILABLE',
      `the database cannot be used (${error.message}): let its user be one who may create schemas there`,
      { cause: error },
    );
  }
}
