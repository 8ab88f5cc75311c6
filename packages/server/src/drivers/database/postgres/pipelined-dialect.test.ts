import { randomUUID } from 'node:crypto';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { dispatch } from '../database.ts';
import { type LentConnection, PipelinedDialect } from './pipelined-dialect.ts';
import { SharedPool } from './shared-pool.ts';

const url = inject('postgresUrl') ?? '';

describe.runIf(url !== '')('a pipelined transaction on PostgreSQL', () => {
  const table = `pipelined_${randomUUID().replaceAll('-', '')}`;
  let pool: SharedPool;
  let db: Kysely<Record<string, { text: string }>>;
  /** What was sent and what was answered, in order. */
  let wire: string[];
  /** Texts that are sent in the place of others. */
  let replaced: Map<string, string>;

  beforeEach(async () => {
    wire = [];
    replaced = new Map();
    pool = new SharedPool({ url, maxConnections: 1, connectTimeoutMs: 5_000 });
    db = new Kysely({ dialect: new PipelinedDialect({ connect, names: pool.statementNames }) });
    await sql.raw(`create table public.${table} (text text unique)`).execute(db);
    wire = [];
  });
  afterEach(async () => {
    await pool.query('public', { text: `drop table ${table}` });
    await pool.close();
  });

  async function connect(): Promise<LentConnection> {
    const client = await pool.connect('public');
    return {
      query: async ({ text, ...rest }) => {
        const [verb = ''] = text.split(' ');
        wire.push(verb);
        try {
          return await client.query({ text: replaced.get(text) ?? text, ...rest });
        } finally {
          wire.push(`${verb}.`);
        }
      },
      release: (isBroken) => client.release(isBroken),
    };
  }

  const insert = (text: string) => db.insertInto(table).values({ text });
  const look = () => db.selectFrom(table).select('text').orderBy('text');
  const texts = async () => (await look().execute()).map((row) => row.text);

  it('waits only for looks, and for what its command needs to know', async () => {
    await db.transaction().execute(async (tx) => {
      await tx.executeQuery(look());
      await dispatch(tx, insert('one'));
      await dispatch(tx, insert('two'));
      await tx.executeQuery(look());
      await dispatch(tx, insert('three'));
    });
    expect(wire.join(' ')).toBe(
      'begin select begin. select. insert insert select insert. insert. select. insert commit insert. commit.',
    );
    expect(await texts()).toEqual(['one', 'three', 'two']);
  });

  it('writes nothing before it knows that it has begun', async () => {
    replaced.set('begin', 'select 1 / 0');
    const write = db.transaction().execute(async (tx) => void (await tx.executeQuery(insert('by itself'))));
    await expect(write).rejects.toThrow('division by zero');
    const dispatched = db.transaction().execute((tx) => dispatch(tx, insert('by itself')));
    await expect(dispatched).rejects.toThrow('division by zero');
    const afterLook = db.transaction().execute(async (tx) => {
      await tx.executeQuery(look());
      await tx.executeQuery(insert('by itself'));
    });
    await expect(afterLook).rejects.toThrow('division by zero');
    replaced.clear();
    expect(await texts()).toEqual([]);
  });

  it('is not committed without a statement that could not be sent', async () => {
    const unsendable = {
      toPostgres: () => {
        throw new Error('no such value');
      },
    };
    const write = db.transaction().execute(async (tx) => {
      await tx.executeQuery(insert('alone'));
      await dispatch(tx, insert(unsendable as unknown as string));
    });
    await expect(write).rejects.toThrow('no such value');
    expect(wire).not.toContain('commit');
    expect(await texts()).toEqual([]);
  });

  it('is not taken for committed when it was undone', async () => {
    await db.executeQuery(insert('taken'));
    let failure: unknown;
    const careless = db.transaction().execute(async (tx) => {
      await tx.executeQuery(insert('lost'));
      await tx.executeQuery(insert('taken')).catch((error: unknown) => {
        failure = error;
      });
    });
    await expect(careless).rejects.toThrow('undone the transaction');
    expect(failure).toMatchObject({ name: 'ConstraintError' });
    expect(await texts()).toEqual(['taken']);
  });

  it('waits for a dispatched statement where there is no transaction', async () => {
    await dispatch(db, insert('one'));
    expect(wire.join(' ')).toBe('insert insert.');
    await expect(dispatch(db, insert('one'))).rejects.toMatchObject({ name: 'ConstraintError' });
  });

  it('is prepared by name when it is sent often, and not when its columns may change', async () => {
    for (let turn = 0; turn < 30; turn += 1) {
      await texts();
      await db.selectFrom(table).selectAll().execute();
    }
    const { rows } = await sql<{ statement: string }>`
      select statement from pg_prepared_statements where name like 'often_%'`.execute(db);
    expect(rows.map((row) => row.statement)).toEqual([look().compile().sql]);
  });

  it('tells the migrator of its own schema alone, whatever else is in the database', async () => {
    const tables = await db.introspection.getTables();
    const own = tables.find(({ name }) => name === table);
    expect(own?.columns.map(({ name, dataType }) => [name, dataType])).toEqual([['text', 'text']]);
    expect(new Set(tables.map(({ schema }) => schema))).toEqual(new Set(['public']));
    expect(await db.introspection.getSchemas()).toEqual([{ name: 'public' }]);
  });
});
