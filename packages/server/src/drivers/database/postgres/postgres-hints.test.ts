import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../database.ts';
import { dropPostgresSchema, openPostgresDatabase } from './postgres-database.ts';

const url = inject('postgresUrl') ?? '';

describe.runIf(url !== '')('hints through PostgreSQL', () => {
  const options = { url, owner: 'user', maxConnections: 2, connectTimeoutMs: 5_000 } as const;
  const schemas: string[] = [];
  const opened: Database<object>[] = [];
  const listeners: { close(): Promise<void> }[] = [];

  beforeEach(() => {
    schemas.push(`hints_${randomUUID().replaceAll('-', '')}`, `hints_${randomUUID().replaceAll('-', '')}`);
  });
  afterEach(async () => {
    for (const listener of listeners.splice(0)) await listener.close();
    for (const database of opened.splice(0)) await database.close();
    for (const schema of schemas.splice(0)) await dropPostgresSchema({ ...options, schema });
  });

  const open = async (schema = schemas[0] ?? '') => {
    const database = await openPostgresDatabase<object>({ ...options, schema });
    opened.push(database);
    return database;
  };
  const listen = (database: Database<object>) => {
    const heard: (string | undefined)[] = [];
    const listener = database.hints?.listen((word) => heard.push(word));
    if (listener !== undefined) listeners.push(listener);
    return heard;
  };
  const say = (database: Database<object>, ...words: readonly string[]) =>
    database.write(async (tx) => database.hints?.send(tx, words));
  /** A listener may still be connecting: what is said before is lost to it. */
  const sayUntilHeard = (database: Database<object>, heard: readonly (string | undefined)[], word: string) =>
    expect
      .poll(
        async () => {
          await say(database, word);
          return heard.includes(word);
        },
        { timeout: 20_000 },
      )
      .toBe(true);

  it('reach whoever has the schema open, in any process, and nobody else', async () => {
    const [one, two, elsewhere] = [await open(), await open(), await open(schemas[1])];
    const [own, others, strange] = [listen(one), listen(two), listen(elsewhere)];
    await sayUntilHeard(one, own, 'ready');
    await sayUntilHeard(one, others, 'ready');
    await sayUntilHeard(elsewhere, strange, 'ready');
    await say(one, 'first', `a 'quoted' word`);
    await expect.poll(() => others).toContain(`a 'quoted' word`);
    expect(others).toContain('first');
    expect(strange).not.toContain('first');
  });

  it('are said at the commit, and not when there is none', async () => {
    const database = await open();
    const heard = listen(await open());
    await sayUntilHeard(database, heard, 'ready');
    const undone = database.write(async (tx) => {
      await database.hints?.send(tx, ['undone']);
      throw new Error('changed its mind');
    });
    await expect(undone).rejects.toThrow('changed its mind');
    await sayUntilHeard(database, heard, 'done');
    expect(heard).not.toContain('undone');
  });

  it('are heard again by a listener whose connection was lost', async () => {
    const database = await open();
    const heard = listen(await open());
    await sayUntilHeard(database, heard, 'before');
    const operator = new pg.Client({ connectionString: url });
    await operator.connect();
    const { rowCount } = await operator.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query = $1`,
      [`listen "${schemas[0]}"`],
    );
    await operator.end();
    expect(rowCount).toBe(1);
    await sayUntilHeard(database, heard, 'after');
    expect(heard.filter((word) => word === undefined)).toHaveLength(2);
  });
});
