import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../drivers/database/database.ts';
import { dropPostgresSchema, openPostgresDatabase } from '../drivers/database/postgres/postgres-database.ts';
import { openSqliteDatabase } from '../drivers/database/sqlite/sqlite-database.ts';
import { ConfigurationError } from '../kernel/errors.ts';
import { CONTROL_PLANE_MIGRATIONS } from './control-plane/migrations.ts';
import { INSTANCE_MIGRATIONS } from './instance/migrations.ts';
import type { InstanceSchema } from './instance/schema.ts';
import { migrateDatabase } from './migrate.ts';

const ENGINES = inject('postgresUrl') === undefined ? (['sqlite'] as const) : (['sqlite', 'postgres'] as const);

describe.each(ENGINES)('migrations on %s', (engine) => {
  let folder: string;
  let schemas: readonly string[];
  const databases: Database<InstanceSchema>[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'roadstead-migrate-'));
    schemas = [1, 2].map((number) => `migrate_${number}_${randomUUID().replaceAll('-', '')}`);
  });
  afterEach(async () => {
    for (const database of databases.splice(0)) await database.close();
    const url = inject('postgresUrl');
    if (engine === 'postgres' && url !== undefined) {
      for (const schema of schemas)
        await dropPostgresSchema({ url, schema, maxConnections: 1, connectTimeoutMs: 5_000 });
    }
    await rm(folder, { recursive: true, force: true });
  });

  /** @param number the first database or the second, which lie in one PostgreSQL */
  async function open(number = 0): Promise<Database<InstanceSchema>> {
    const schema = schemas[number] ?? '';
    const url = inject('postgresUrl') ?? '';
    const database =
      engine === 'sqlite'
        ? await openSqliteDatabase<InstanceSchema>(path.join(folder, `${schema}.sqlite`))
        : await openPostgresDatabase<InstanceSchema>({
            url,
            schema,
            owner: 'role',
            maxConnections: 3,
            connectTimeoutMs: 5_000,
          });
    databases.push(database);
    return database;
  }

  const applied = async (database: Database<InstanceSchema>) => {
    const result = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
      database.reader,
    );
    return result.rows.map((row) => row.name);
  };

  it('run once: a second start finds nothing to do and keeps the rows', async () => {
    const first = await open();
    await migrateDatabase(first, INSTANCE_MIGRATIONS);
    expect(await applied(first)).toEqual(Object.keys(INSTANCE_MIGRATIONS));
    await first.write((tx) => tx.insertInto('settings').values({ name: 'kept', value: 'yes' }).execute());
    await migrateDatabase(first, INSTANCE_MIGRATIONS);
    const second = await open();
    await migrateDatabase(second, INSTANCE_MIGRATIONS);
    expect(await second.reader.selectFrom('settings').selectAll().execute()).toEqual([{ name: 'kept', value: 'yes' }]);
  });

  it('of two databases beside each other do not touch or mistake each other', async () => {
    const [first, second] = [await open(0), await open(1)];
    await migrateDatabase(first as unknown as Database<never>, CONTROL_PLANE_MIGRATIONS as never);
    await migrateDatabase(second, INSTANCE_MIGRATIONS);
    expect(await applied(first)).toEqual(Object.keys(CONTROL_PLANE_MIGRATIONS));
    expect(await applied(second)).toEqual(Object.keys(INSTANCE_MIGRATIONS));
  });

  it('refuse a database that a newer version wrote, with a sentence, and change nothing', async () => {
    const database = await open();
    const newer = { ...INSTANCE_MIGRATIONS, '9999-future': (db: Kysely<InstanceSchema>) => addColumn(db) };
    await migrateDatabase(database, newer);
    const refused = migrateDatabase(await open(), INSTANCE_MIGRATIONS);
    await expect(refused).rejects.toBeInstanceOf(ConfigurationError);
    await expect(refused).rejects.toThrow('9999-future');
    await expect(refused).rejects.toThrow('newer');
    expect(await applied(database)).toEqual(Object.keys(newer));
  });

  it('that fail leave the schema as it was, and are tried again', async () => {
    const database = await open();
    await migrateDatabase(database, INSTANCE_MIGRATIONS);
    const broken = {
      ...INSTANCE_MIGRATIONS,
      '9998-half': async (db: Kysely<InstanceSchema>) => {
        await addColumn(db);
        throw new Error('half-way');
      },
    };
    await expect(migrateDatabase(database, broken)).rejects.toThrow('half-way');
    expect(await applied(database)).toEqual(Object.keys(INSTANCE_MIGRATIONS));
    await migrateDatabase(database, { ...INSTANCE_MIGRATIONS, '9998-half': (db) => addColumn(db) });
    await sql`select future from settings`.execute(database.reader);
  });

  it('of five servers that start at once run each step once', async () => {
    const opened = await Promise.all(Array.from({ length: 5 }, () => open()));
    if (engine === 'sqlite') {
      for (const database of opened) await migrateDatabase(database, INSTANCE_MIGRATIONS);
    } else {
      await Promise.all(opened.map((database) => migrateDatabase(database, INSTANCE_MIGRATIONS)));
    }
    for (const database of opened) expect(await applied(database)).toEqual(Object.keys(INSTANCE_MIGRATIONS));
  });

  it('sort names by code point, so that both engines page alike', async () => {
    const database = await open();
    await migrateDatabase(database, INSTANCE_MIGRATIONS);
    const names = ['a', 'B', '_', 'a-b', 'a.b', 'a/b', 'ab', 'Z', '0', 'é'];
    await database.write((tx) =>
      tx
        .insertInto('settings')
        .values(names.map((name) => ({ name, value: '' })))
        .execute(),
    );
    const rows = await database.reader.selectFrom('settings').select('name').orderBy('name').execute();
    expect(rows.map((row) => row.name)).toEqual(
      names.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))),
    );
  });

  if (engine === 'postgres') {
    // A step waited for its table as long as somebody used it, and everybody who came after it waited as well.
    it('wait for a table that is in use without keeping others from it', async () => {
      const [database, other] = [await open(), await open()];
      await migrateDatabase(database, INSTANCE_MIGRATIONS);
      let isBusy = true;
      const busy = other.write(async (tx) => {
        await tx.selectFrom('settings').selectAll().execute();
        await sql`select pg_sleep(1.5)`.execute(tx);
        isBusy = false;
      });
      const next = { ...INSTANCE_MIGRATIONS, '9998-next': (db: Kysely<InstanceSchema>) => addColumn(db) };
      const migrating = migrateDatabase(database, next);
      const waits: number[] = [];
      while (isBusy) {
        const begun = performance.now();
        await other.reader.selectFrom('settings').selectAll().execute();
        waits.push(performance.now() - begun);
      }
      await Promise.all([busy, migrating]);
      expect(await applied(database)).toEqual(Object.keys(next));
      expect(waits.length).toBeGreaterThan(2);
      expect(Math.max(...waits)).toBeLessThan(1_200);
      // Its connections have their limits again.
      const limits = await sql<{ limit: string }>`select current_setting('lock_timeout') as limit`.execute(
        database.reader,
      );
      expect(limits.rows).toEqual([{ limit: '5s' }]);
    });
  }
});

async function addColumn(db: Kysely<InstanceSchema>): Promise<void> {
  await db.schema.alterTable('settings').addColumn('future', 'text').execute();
}
