import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Generated, type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { ConstraintError, type Database, DatabaseFullError, dispatch } from './database.ts';
import { dropPostgresSchema, openPostgresDatabase } from './postgres/postgres-database.ts';
import { translatePostgresError } from './postgres/postgres-errors.ts';
import { openSqliteDatabase } from './sqlite/sqlite-database.ts';
import { translateSqliteError } from './sqlite/sqlite-errors.ts';

interface Schema {
  parents: { id: number; name: string };
  children: { id: Generated<number>; parent_id: number };
}

interface Opened {
  open(): Promise<Database<Schema>>;
  remove(): Promise<void>;
}

async function sqliteFile(): Promise<Opened> {
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-database-'));
  return {
    open: () => openSqliteDatabase<Schema>(path.join(folder, 'test.sqlite')),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function postgresSchema(): Promise<Opened> {
  const url = inject('postgresUrl');
  if (url === undefined) throw new Error('this run has no PostgreSQL');
  const schema = `database_${randomUUID().replaceAll('-', '')}`;
  const options = { url, schema, owner: 'role', maxConnections: 8, connectTimeoutMs: 5_000 } as const;
  return { open: () => openPostgresDatabase<Schema>(options), remove: () => dropPostgresSchema(options) };
}

const ENGINES = [
  ['sqlite', sqliteFile],
  ...(inject('postgresUrl') === undefined ? [] : [['postgres', postgresSchema] as const]),
] as const;

describe.each(ENGINES)('a database on %s', (engine, create) => {
  let opened: Opened;
  let database: Database<Schema>;

  beforeEach(async () => {
    opened = await create();
    database = await opened.open();
    await database.runMigrations(async (db) => {
      await db.schema
        .createTable('parents')
        .addColumn('id', 'bigint', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull().unique())
        .execute();
      await db.schema
        .createTable('children')
        .addColumn('id', engine === 'sqlite' ? 'integer' : 'serial', (column) => column.primaryKey())
        .addColumn('parent_id', 'bigint', (column) => column.notNull().references('parents.id'))
        .execute();
    });
  });
  afterEach(async () => {
    await database.close();
    await opened.remove();
  });

  const insert = (id: number, name = `name-${id}`) =>
    database.write((tx) => tx.insertInto('parents').values({ id, name }).execute());
  const names = async (from = database) =>
    (await from.reader.selectFrom('parents').select('name').orderBy('id').execute()).map((row) => row.name);

  it('says which engine it is, and takes its capabilities from it', () => {
    expect(database.engine).toBe(engine);
    expect(database.capabilities.rowLocks).toBe(engine === 'postgres');
  });

  it('shows a write to every reader as soon as it is acknowledged', async () => {
    const other = await opened.open();
    for (let id = 1; id <= 20; id += 1) {
      await insert(id);
      expect(await names()).toHaveLength(id);
      expect(await names(other)).toHaveLength(id);
    }
    await other.close();
  });

  it('gives each of many writes at once its own result, in one file of rows', async () => {
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, id) =>
        database.write(async (tx) => {
          await tx
            .insertInto('parents')
            .values({ id, name: `n${id}` })
            .execute();
          return id * 2;
        }),
      ),
    );
    expect(results).toEqual(Array.from({ length: 200 }, (_, id) => id * 2));
    expect(await names()).toHaveLength(200);
  });

  it('undoes a command that fails and leaves its neighbours, whatever it had written before', async () => {
    const write = (id: number) =>
      database.write(async (tx) => {
        await tx
          .insertInto('parents')
          .values({ id, name: `kept-${id}` })
          .execute();
        if (id % 3 === 0) throw new Error(`refused ${id}`);
        await tx.insertInto('children').values({ parent_id: id }).execute();
        return id;
      });
    const results = await Promise.allSettled(Array.from({ length: 30 }, (_, id) => write(id)));
    for (const [id, result] of results.entries()) {
      if (id % 3 === 0) expect(result).toMatchObject({ status: 'rejected', reason: { message: `refused ${id}` } });
      else expect(result).toEqual({ status: 'fulfilled', value: id });
    }
    expect(await names()).toEqual(
      Array.from({ length: 30 }, (_, id) => id)
        .filter((id) => id % 3 !== 0)
        .map((id) => `kept-${id}`),
    );
    expect(await database.reader.selectFrom('children').selectAll().execute()).toHaveLength(20);
  });

  it('shows a command what it has dispatched, and everybody at its commit', async () => {
    const seen = await database.write(async (tx) => {
      await dispatch(tx, tx.insertInto('parents').values({ id: 1, name: 'one' }));
      await dispatch(tx, tx.insertInto('parents').values({ id: 2, name: 'two' }));
      const rows = await tx.selectFrom('parents').select('name').orderBy('id').execute();
      await dispatch(tx, tx.updateTable('parents').set({ name: 'three' }).where('id', '=', 2));
      return rows.map((row) => row.name);
    });
    expect(seen).toEqual(['one', 'two']);
    expect(await names()).toEqual(['one', 'three']);
  });

  it.each([
    ['nothing', async () => undefined],
    [
      'another that is dispatched',
      (tx: Kysely<Schema>) => dispatch(tx, tx.insertInto('children').values({ parent_id: 1 })),
    ],
    ['a look', async (tx: Kysely<Schema>) => void (await tx.selectFrom('parents').selectAll().execute())],
  ])(
    'fails with a dispatched statement, undoes all and stays usable, when what comes after it is %s',
    async (_, after) => {
      await insert(1, 'taken');
      const failing = () =>
        database.write(async (tx) => {
          await tx.insertInto('parents').values({ id: 2, name: 'undone' }).execute();
          await dispatch(tx, tx.insertInto('parents').values({ id: 3, name: 'taken' }));
          await after(tx);
        });
      const kept = (id: number) =>
        database.write((tx) => dispatch(tx, tx.insertInto('parents').values({ id, name: `n${id}` })));
      const writes = Array.from({ length: 20 }, (_, id) => (id % 2 === 0 ? failing() : kept(100 + id)));
      const results = await Promise.allSettled(writes);
      for (const [id, result] of results.entries()) {
        if (id % 2 === 1) expect(result.status).toBe('fulfilled');
        else expect(result).toMatchObject({ status: 'rejected', reason: { name: 'ConstraintError', kind: 'unique' } });
      }
      expect((await names()).toSorted()).toEqual(
        ['taken', ...Array.from({ length: 10 }, (_, id) => `n${101 + 2 * id}`)].toSorted(),
      );
      expect(await database.reader.selectFrom('children').selectAll().execute()).toEqual([]);
    },
  );

  it('shows nothing of a command that is under way, and all of it afterwards', async () => {
    const { promise: hold, resolve: go } = Promise.withResolvers<void>();
    const { promise: written, resolve: tell } = Promise.withResolvers<void>();
    const writing = database.write(async (tx) => {
      await tx.insertInto('parents').values({ id: 1, name: 'first' }).execute();
      tell();
      await hold;
      await tx.insertInto('parents').values({ id: 2, name: 'second' }).execute();
    });
    await written;
    expect(await names()).toEqual([]);
    go();
    await writing;
    expect(await names()).toEqual(['first', 'second']);
  });

  it('translates broken uniqueness and references, and stays usable', async () => {
    await insert(1, 'taken');
    const twice = insert(2, 'taken');
    await expect(twice).rejects.toBeInstanceOf(ConstraintError);
    await expect(twice).rejects.toMatchObject({ kind: 'unique' });
    await expect(insert(1, 'same key')).rejects.toMatchObject({ kind: 'unique' });
    const orphan = database.write((tx) => tx.insertInto('children').values({ parent_id: 99 }).execute());
    await expect(orphan).rejects.toMatchObject({ name: 'ConstraintError', kind: 'foreign-key' });
    await database.write((tx) => tx.insertInto('children').values({ parent_id: 1 }).execute());
    const needed = database.write((tx) => tx.deleteFrom('parents').where('id', '=', 1).execute());
    await expect(needed).rejects.toMatchObject({ kind: 'foreign-key' });
    expect(await names()).toEqual(['taken']);
  });

  it('loses no increment of many that read and write the same row at once', async () => {
    await insert(0, '0');
    const increment = () =>
      database.write(async (tx) => {
        const query = tx.selectFrom('parents').select('name').where('id', '=', 0);
        const row = await (database.capabilities.rowLocks ? query.forUpdate() : query).executeTakeFirstOrThrow();
        await tx
          .updateTable('parents')
          .set({ name: String(Number(row.name) + 1) })
          .where('id', '=', 0)
          .execute();
      });
    await Promise.all(Array.from({ length: 50 }, increment));
    expect(await names()).toEqual(['50']);
  });

  it('runs a command again that two others have deadlocked', async () => {
    if (!database.capabilities.rowLocks) return;
    await insert(1);
    await insert(2);
    let runs = 0;
    const touch = (first: number, second: number) =>
      database.write(async (tx) => {
        runs += 1;
        for (const id of [first, second]) {
          await tx.selectFrom('parents').selectAll().where('id', '=', id).forUpdate().execute();
          await sql`select pg_sleep(0.1)`.execute(tx);
        }
      });
    await Promise.all([touch(1, 2), touch(2, 1)]);
    expect(runs).toBeGreaterThan(2);
  });

  // A client that is lent to a transaction tells of its broken connection itself: unheard, that ended the process.
  it('fails the command whose connection breaks, alone, and goes on with another connection', async () => {
    if (engine !== 'postgres') return;
    const command = database.write(async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(database.reader);
      // The server's farewell arrives while nothing is asked on this connection.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await tx.insertInto('parents').values({ id: 1, name: 'lost' }).execute();
    });
    await expect(command).rejects.toThrow();
    await insert(2);
    expect(await names()).toEqual(['name-2']);
  });

  it('answers a prepared read with rows of numbers and bytes, also while others use it', async () => {
    await insert(7, 'seven');
    const read = database.prepareRead<{ id: number; name: string }>(
      'by-name',
      'select id, name from parents where name = ? and id > ?',
    );
    const rows = await Promise.all(Array.from({ length: 20 }, () => read(['seven', 0])));
    for (const each of rows) expect(each).toEqual([{ id: 7, name: 'seven' }]);
    expect(await read(['seven', 7])).toEqual([]);
  });

  it('reads a column in order, also beside rows of the same query', async () => {
    for (const id of [3, 1, 2]) await insert(id, `n${id}`);
    const query = database.reader.selectFrom('parents').select('name').where('id', '>', 1).orderBy('id');
    expect(await database.readColumn(query)).toEqual(['n2', 'n3']);
    expect(await query.execute()).toEqual([{ name: 'n2' }, { name: 'n3' }]);
    expect(await database.readColumn(query)).toEqual(['n2', 'n3']);
    expect(await database.readColumn(query.where('id', '>', 5))).toEqual([]);
  });

  it('refuses writes through its reader where the engine can', async () => {
    if (engine !== 'sqlite') return;
    await expect(database.reader.insertInto('parents').values({ id: 1, name: 'x' }).execute()).rejects.toThrow(
      'readonly',
    );
  });

  it('is healthy while it is open', async () => {
    await database.checkHealth();
  });

  it('fails every call once it is closed, and finishes what was queued before', async () => {
    const other = await opened.open();
    const queued = Array.from({ length: 10 }, (_, id) =>
      other.write((tx) =>
        tx
          .insertInto('parents')
          .values({ id, name: `q${id}` })
          .execute(),
      ),
    );
    const closed = other.close();
    await Promise.all(queued);
    await closed;
    await expect(other.write(async () => undefined)).rejects.toThrow();
    await expect(other.reader.selectFrom('parents').selectAll().execute()).rejects.toThrow();
    await expect(other.checkHealth()).rejects.toThrow();
    expect(await names()).toHaveLength(10);
  });
});

describe('errors of the engines', () => {
  const withCode = (code: string) => Object.assign(new Error('engine'), { code });

  it.each(['SQLITE_FULL', 'SQLITE_READONLY', 'SQLITE_IOERR_WRITE'])('%s means that there is no room', (code) => {
    expect(translateSqliteError(withCode(code))).toBeInstanceOf(DatabaseFullError);
  });

  it.each(['53100', '25006'])('SQLSTATE %s means that there is no room', (code) => {
    const translated = translatePostgresError(withCode(code));
    expect(translated).toBeInstanceOf(DatabaseFullError);
    expect(translated).toMatchObject({ status: 507 });
  });

  it('that mean nothing here pass through as they are', () => {
    const error = withCode('XX000');
    expect(translatePostgresError(error)).toBe(error);
    expect(translateSqliteError(error)).toBe(error);
    expect(translateSqliteError('text')).toBe('text');
  });
});
