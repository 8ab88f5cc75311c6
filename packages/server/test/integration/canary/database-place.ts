import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { readConfig } from '../../../src/config/config.ts';
import { readEnv } from '../../../src/config/env.ts';
import { unwrapKey } from '../../../src/kernel/wrapped-key.ts';
import { createLearningEnvelope } from '../../../src/secrets/learning-envelope.ts';
import { placeOf, SEALED_COLUMNS } from '../../../src/secrets/sealed-columns.ts';
import { readSecretKeyRows, SECRET_KEY_PREFIX } from '../../../src/secrets/secret-key-rows.ts';
import { createBlobMedium } from '../support/blob-medium.ts';
import { openStore, type Store } from '../support/registry-store.ts';
import { type Place, toLatin1 } from './places.ts';
import type { Stage } from './stage.ts';

const INSTANCE = 'main';

/**
 * Every row of every table, and what the engine itself tells of its connections. What is sealed in them is opened, and its plain text is
 * looked for like any other secret from then on.
 * @returns the place, and the sealed columns in which nothing was found
 */
export async function readDatabase(
  stage: Stage,
): Promise<{ readonly place: Place; readonly unused: readonly string[] }> {
  const config = readConfig({ env: readEnv(stage.env) });
  const medium = await createBlobMedium(config.dataDir, { kind: 'files' });
  const store = await openStore(config, INSTANCE, medium);
  try {
    const text = await dump(config.databaseUrl, store);
    return {
      place: { name: 'the rows of the database', text, holds: stage.marker },
      unused: await openSealed(stage, store),
    };
  } finally {
    await store.close();
  }
}

type Row = Readonly<Record<string, unknown>>;

async function dump(url: string | undefined, { database }: Store): Promise<string> {
  if (url === undefined) {
    const query = async (text: string) => (await sql.raw<Row>(text).execute(database.reader)).rows;
    return dumpTables(query, "select '\"' || name || '\"' as name from sqlite_master where type = 'table'");
  }
  // The tables of an instance are its own role's: only the user of the server sees all of them.
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const query = async (text: string) => (await client.query<Row>(text)).rows;
    return await dumpTables(
      query,
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname like 'roadstead%'
       union all select 'pg_stat_activity'`,
    );
  } finally {
    await client.end();
  }
}

async function dumpTables(query: (text: string) => Promise<readonly Row[]>, listing: string): Promise<string> {
  const texts: string[] = [];
  for (const { name } of await query(listing)) {
    const rows = await query(`select * from ${name}`);
    texts.push(...rows.flatMap((row) => [`${name}:`, ...Object.values(row).map(renderValue)]));
  }
  return texts.join('\n');
}

function renderValue(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return toLatin1(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

async function openSealed(stage: Stage, { database, rows }: Store): Promise<readonly string[]> {
  const { book } = stage;
  const masterKeys = await readMasterKeys(stage);
  const envelope = createLearningEnvelope(masterKeys, INSTANCE);
  for (const { id, wrapped } of (await readSecretKeyRows(database.reader)).keys) {
    envelope.learn(`${SECRET_KEY_PREFIX}${id}`, wrapped);
    const key = unwrapKey(masterKeys, { instanceId: INSTANCE, keyId: id }, wrapped);
    if (key === undefined) throw new Error(`the key ${id} does not open`);
    book.keep('key of the instance', key);
  }
  const unused: string[] = [];
  for (const column of SEALED_COLUMNS) {
    const sealed = (await rows(column.table)).filter((row) => row[column.column] !== null);
    for (const row of sealed) {
      const place = placeOf(column, String(row[column.key]));
      keepPlain(stage, envelope.open(place, row[column.column] as Buffer));
    }
    if (sealed.length === 0) unused.push(`${column.table}.${column.column}`);
  }
  return unused;
}

/** As a whole, and what is the secret of a key in it. */
function keepPlain({ book }: Stage, plain: Buffer): void {
  book.keep('sealed values', plain);
  const text = plain.toString();
  if (!text.startsWith('{')) {
    book.keep('sealed values', plain.subarray(-Math.min(plain.length, 32)));
    return;
  }
  const { d: privatePart } = JSON.parse(text) as { readonly d?: string };
  if (privatePart !== undefined) book.keep('sealed values', privatePart);
}

async function readMasterKeys({ env }: Stage): Promise<readonly Uint8Array[]> {
  const files = [env['ROADSTEAD_MASTER_KEY_FILE'], env['ROADSTEAD_MASTER_KEY_PREVIOUS_FILE']];
  return Promise.all(files.map(async (file = '') => Buffer.from(await readFile(file, 'utf8'), 'hex')));
}
