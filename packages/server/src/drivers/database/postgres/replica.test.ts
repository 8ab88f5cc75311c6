import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type OpenPostgresPair, openPostgresPair } from '../../../../test/support/open-postgres-pair.ts';
import type { PostgresPair } from '../../../../test/support/postgres-pair.ts';
import type { Database } from '../database.ts';
import { createPostgresCell, type PostgresCell } from './postgres-database.ts';

interface Schema {
  notes: { readonly text: string };
}

const DATABASE = 'replicated';
/** Beyond it the replica is not asked; and the time between two looks at it. */
const STALE_MS = 3_000 + 500;

describe.runIf(inject('postgresUrl') !== undefined)('a replica', () => {
  let opened: OpenPostgresPair | undefined;
  let pair: PostgresPair;
  let cell: PostgresCell;
  let database: Database<Schema>;

  beforeAll(async () => {
    opened = await openPostgresPair(DATABASE);
    pair = opened.pair;
    const [url, replicaUrl] = [pair.primary.urlOf(DATABASE), pair.standby.urlOf(DATABASE)];
    cell = createPostgresCell({ url, replicaUrl, maxConnections: 5, connectTimeoutMs: 10_000 });
    database = await cell.openDatabase<Schema>('notes', 'role');
    await database.write((tx) => sql`create table notes (text text not null)`.execute(tx));
  }, 240_000);
  afterAll(async () => {
    await database?.close();
    await cell?.close();
    await opened?.close();
  }, 60_000);

  const write = (text: string) => database.write((tx) => tx.insertInto('notes').values({ text }).execute());
  const list = () => database.readColumn(database.reader.selectFrom('notes').select('text').orderBy('text'));
  /** How many statements of ours have read this table on the standby. */
  const readsOfStandby = async () => {
    const [row] = await pair.standby.query<{ reads: number }>(
      `select coalesce(sum(seq_scan), 0)::int as reads from pg_stat_user_tables where relname = 'notes'`,
      DATABASE,
    );
    return row?.reads ?? 0;
  };

  it('answers lists while it is up to date, and nothing else', async () => {
    await write('one');
    await expect
      .poll(
        async () => {
          expect(await list()).toContain('one');
          return readsOfStandby();
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBeGreaterThan(0);
    const before = await readsOfStandby();
    for (let turn = 0; turn < 20; turn += 1) {
      expect(await database.reader.selectFrom('notes').select('text').execute()).toHaveLength(1);
      await database.prepareRead('all', 'select text from notes where text <> ?')(['']);
    }
    // What a session has counted reaches the statistics when it has been idle for a while.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await readsOfStandby()).toBeLessThanOrEqual(before + 2);
  });

  it('is left out when it is behind, so that no list is older than that', async () => {
    await pair.standby.query('select pg_wal_replay_pause()');
    try {
      await write('two');
      const writtenMs = performance.now();
      await expect.poll(list, { timeout: 30_000 }).toContain('two');
      // The replica does not have it still: the primary has answered, and not much later than it had to.
      const rows = await pair.standby.query('select text from notes.notes', DATABASE);
      expect(rows).toEqual([{ text: 'one' }]);
      expect(performance.now() - writtenMs).toBeLessThan(STALE_MS + 10_000);
      await new Promise((resolve) => setTimeout(resolve, STALE_MS));
      await write('three');
      expect(await list()).toContain('three');
    } finally {
      await pair.standby.query('select pg_wal_replay_resume()');
    }
  });

  it('is done without as soon as it does not answer', async () => {
    await expect.poll(async () => (await list()).length).toBe(3);
    await pair.primary.query("alter system set synchronous_standby_names = ''");
    await pair.primary.query('select pg_reload_conf()');
    await pair.standby.kill();
    for (let turn = 0; turn < 5; turn += 1) expect(await list()).toHaveLength(3);
    await write('four');
    expect(await list()).toHaveLength(4);
  });
});
