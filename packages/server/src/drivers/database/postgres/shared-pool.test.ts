import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createEngineDatabase } from '../../../../test/integration/support/engines.ts';
import type { Database } from '../database.ts';
import { createPostgresCell, type PostgresCell } from './postgres-database.ts';

const CONNECTIONS = 5;
const SCHEMAS = 12;

interface Schema {
  notes: { readonly text: string };
}

describe.runIf(inject('postgresUrl') !== undefined)('one PostgreSQL with the schemas of many instances', () => {
  const schemas = Array.from({ length: SCHEMAS }, () => `test_${randomUUID().replaceAll('-', '')}`);
  /** A database of its own, so that nobody else's connections are counted or ended. */
  let own: Awaited<ReturnType<typeof createEngineDatabase>>;
  let cell: PostgresCell;
  let databases: Database<Schema>[];

  beforeAll(async () => {
    own = await createEngineDatabase();
    cell = createPostgresCell({ url: own.url, maxConnections: CONNECTIONS, connectTimeoutMs: 10_000 });
    databases = await Promise.all(schemas.map((schema) => cell.openDatabase<Schema>(schema, 'role')));
    for (const database of databases) {
      await database.write((tx) => sql`create table notes (text text not null)`.execute(tx));
    }
  });
  afterAll(async () => {
    for (const database of databases) await database.close();
    await cell.close();
    await own.drop();
  });

  const readAll = async (database: Database<Schema>) => {
    const prepared = database.prepareRead<{ text: string }>('notes', 'select text from notes where text <> ?');
    const [hot, rows, column] = await Promise.all([
      prepared(['']),
      database.reader.selectFrom('notes').select('text').execute(),
      database.readColumn(database.reader.selectFrom('notes').select('text')),
    ]);
    return new Set([...hot.map(({ text }) => text), ...rows.map(({ text }) => text), ...column]);
  };

  it('never mixes them, whatever connection they get', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () =>
        databases.map((database, index) =>
          database.write((tx) =>
            tx
              .insertInto('notes')
              .values({ text: `of ${index}` })
              .execute(),
          ),
        ),
      ).flat(),
    );
    const seen = await Promise.all(databases.map(readAll));
    expect(seen).toEqual(databases.map((_, index) => new Set([`of ${index}`])));
    const [database] = databases;
    expect(await database?.reader.selectFrom('notes').select('text').execute()).toHaveLength(20);
  });

  it('takes no more connections than it may, and gives each schema its turn', async () => {
    const [busy, calm] = databases;
    if (busy === undefined || calm === undefined) throw new Error('no databases');
    let hasCalm = false;
    const work = Array.from({ length: 60 }, () => sql`select pg_sleep(0.02)`.execute(busy.reader));
    const quick = sql`select 1`.execute(calm.reader).then(() => {
      hasCalm = true;
    });
    const others = await sql<{ count: number }>`
      select count(*) as count from pg_stat_activity where datname = current_database()`.execute(busy.reader);
    expect(others.rows[0]?.count).toBeLessThanOrEqual(CONNECTIONS);
    expect(hasCalm).toBe(true);
    await Promise.all([...work, quick]);
  });

  it('goes on when the server has ended all connections', async () => {
    const [database] = databases;
    if (database === undefined) throw new Error('no databases');
    const operator = new pg.Client({ connectionString: own.url });
    await operator.connect();
    await operator.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    await operator.end();
    // Each connection that has ended may still be given out once, before its end is known here.
    let answer: Awaited<ReturnType<typeof readAll>> | undefined;
    for (let dead = 0; dead < CONNECTIONS && answer === undefined; dead += 1) {
      answer = await readAll(database).catch(() => undefined);
    }
    expect((answer ?? (await readAll(database))).size).toBe(1);
  });
});
