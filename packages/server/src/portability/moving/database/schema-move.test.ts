import { randomBytes, randomInt } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { ENGINES, openTestDatabase } from '../../../../test/in-process/test-database.ts';
import { columnTypes } from '../../../db/column-types.ts';
import { INSTANCE_MIGRATIONS } from '../../../db/instance/migrations.ts';
import type { InstanceSchema } from '../../../db/instance/schema.ts';
import type { Database, DatabaseCapabilities } from '../../../drivers/database/database.ts';
import { readIdSequences } from './id-sequences.ts';
import { digestTable } from './row-digest.ts';
import { compareSchema, copySchema, measureSchema } from './schema-move.ts';
import { readTableShapes, type TableShape } from './table-shape.ts';
import { readTriggerShapes, resumeTriggers, suspendTriggers, type TriggerShape } from './triggers.ts';

type Source = Database<InstanceSchema>;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(engine: 'sqlite' | 'postgres'): Promise<Source> {
  const { database, close } = await openTestDatabase(engine, { inMemory: true });
  closers.push(close);
  return database;
}

async function readShapes(): Promise<readonly TableShape[]> {
  const { reader } = await open('sqlite');
  usualTriggers = await readTriggerShapes(reader);
  return readTableShapes(reader);
}

let usualTriggers: readonly TriggerShape[] = [];
const moved = (tables: readonly TableShape[], triggers = usualTriggers) => ({ tables, triggers, staying: {} });
const ignore = () => undefined;

/** Values at the ends of what the columns take. */
const TEXTS = ['', "it's", '漢字 🎉 \u{10ffff}', '\\x00 \n\t\r', '%_"', 'null'];
/** What no index holds. */
const LARGE: Readonly<Record<string, () => string | Buffer>> = {
  bytes: () => randomBytes(5_000_000),
  detail: () => 'x'.repeat(300_000),
};
const NUMBERS = [0, 1, -1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];

/** Fills every table with rows whose ids have gaps, whatever its columns are. */
async function fill(database: Source, tables: readonly TableShape[], rowCount: number): Promise<void> {
  const triggers = await readTriggerShapes(database.reader);
  await suspendTriggers(database, { tables, triggers });
  const ids = new Map<string, (string | number | Buffer)[]>();
  for (const { name, key, columns } of tables) {
    const { rows: links } = await sql<{ from: string; table: string }>`
      select "from", "table" from pragma_foreign_key_list(${name})`.execute(database.reader);
    const { rows: rules } = await sql<{ name: string; type: string; notnull: number }>`
      select name, type, "notnull" from pragma_table_info(${name})`.execute(database.reader);
    for (let row = 1; row <= rowCount; row += 1) {
      const values: Record<string, string | number | Buffer | null> = {};
      // Of several rows that it may belong to it belongs to one: a member is a user or a group.
      const free = links.filter(({ from }) => rules.some(({ name, notnull }) => name === from && notnull === 0));
      const chosen = free[row % Math.max(1, free.length)]?.from;
      for (const column of columns) {
        const parent = links.find(({ from }) => from === column.name);
        const isKey = key.includes(column.name);
        const rule = rules.find((each) => each.name === column.name);
        const mayBeNull = !isKey && rule?.notnull === 0;
        if (parent !== undefined && mayBeNull && column.name !== chosen) values[column.name] = null;
        else if (parent !== undefined) values[column.name] = (ids.get(parent.table) ?? [])[row - 1] ?? null;
        else if (mayBeNull && row % 3 === 0) values[column.name] = null;
        else if (row === 2 && LARGE[column.name] !== undefined) values[column.name] = LARGE[column.name]?.() ?? null;
        else values[column.name] = freshValue(rule?.type.toLowerCase(), isKey ? row * 3 : undefined, row);
      }
      ids.set(name, [...(ids.get(name) ?? []), values[key[0] ?? ''] ?? 0]);
      const names = Object.keys(values);
      await database.write((tx) =>
        sql`insert into ${sql.table(name)} (${sql.join(names.map((each) => sql.ref(each)))})
            values (${sql.join(Object.values(values))})`.execute(tx),
      );
    }
  }
  await resumeTriggers(database, { tables, triggers });
}

function freshValue(type: string | undefined, id: number | undefined, row: number): string | number | Buffer {
  if (type === 'bigint') return id ?? NUMBERS[row % NUMBERS.length] ?? 0;
  if (type === 'integer') return id ?? row - 2;
  if (type === 'blob') return Buffer.concat([Buffer.of(row % 256, 0, 255), randomBytes(20)]);
  return `${randomBytes(6).toString('hex')}${TEXTS[row % TEXTS.length]}`;
}

async function digestsOf(database: Source, tables: readonly TableShape[]) {
  const digests = await Promise.all(tables.map((table) => digestTable(database.reader, table)));
  return { digests, ids: await readIdSequences(database, tables) };
}

/** A table that a trigger writes, as each engine spells it. */
async function createNotes(db: Kysely<InstanceSchema>, capabilities: DatabaseCapabilities): Promise<void> {
  const type = columnTypes(capabilities);
  await db.schema.createTable('notes').addColumn('id', type.id, type.idOptions).addColumn('of', 'text').execute();
  const insert = `insert into notes ("of") values (new.name);`;
  const statements = capabilities.identityColumns
    ? [
        `create function note_settings() returns trigger language plpgsql as $$ begin ${insert} return null; end $$`,
        'create trigger note_settings after insert on settings for each row execute function note_settings()',
      ]
    : [`create trigger note_settings after insert on settings for each row begin ${insert} end`];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

async function deleteJournalTail(tx: Kysely<InstanceSchema>): Promise<void> {
  const { id } = await tx.selectFrom('journal').select('id').orderBy('id', 'desc').executeTakeFirstOrThrow();
  await tx.deleteFrom('journal').where('id', '=', id).execute();
}

it('the tables come from the migrations, each with a key, those that others refer to first', async () => {
  const tables = await readShapes();
  const places = new Map(tables.map(({ name }, place) => [name, place]));
  expect(places.size).toBeGreaterThan(20);
  for (const { name, parents, key } of tables) {
    expect(key.length, name).toBeGreaterThan(0);
    for (const parent of parents) expect(places.get(parent), name).toBeLessThan(places.get(name) ?? -1);
  }
});

it('a migration that makes a table which cannot be moved fails here', async () => {
  const steps = {
    ...INSTANCE_MIGRATIONS,
    '9999-table': (db: Kysely<InstanceSchema>) => sql`create table strange (value text)`.execute(db).then(ignore),
  };
  const { database, close } = await openTestDatabase('sqlite', { inMemory: true, steps });
  closers.push(close);
  await expect(readTableShapes(database.reader)).rejects.toThrow('strange has no primary key');
});

describe.runIf(ENGINES.includes('postgres'))('moving a schema from engine to engine', () => {
  it('knows every table and column of both engines', async () => {
    const tables = await readShapes();
    const postgres = await open('postgres');
    const { rows } = await sql<{ table: string; column: string }>`
      select table_name as table, column_name as column from information_schema.columns
       where table_schema = current_schema() and table_name not like 'kysely%'
       order by table_name collate "C", ordinal_position`.execute(postgres.reader);
    const known = tables.flatMap(({ name, columns }) =>
      columns.map((column) => ({ table: name, column: column.name })),
    );
    const sort = (list: readonly { table: string; column: string }[]) =>
      list.map(({ table, column }) => `${table}.${column}`).toSorted();
    expect(sort(rows)).toEqual(sort(known));
  });

  it('keeps every value, id and next id, there and back again', async () => {
    const tables = await readShapes();
    const [source, there, back] = [await open('sqlite'), await open('postgres'), await open('sqlite')];
    await fill(source, tables, 40);
    await source.write(deleteJournalTail);
    const before = await digestsOf(source, tables);
    await copySchema({ source, target: there, moved: moved(tables), onRows: ignore });
    await copySchema({ source: there, target: back, moved: moved(tables), onRows: ignore });
    expect(await digestsOf(there, tables)).toEqual(before);
    expect(await digestsOf(back, tables)).toEqual(before);
    for (const [from, to] of [
      [source, there],
      [there, back],
    ] as const) {
      const compared = await compareSchema({ source: from, target: to, moved: moved(tables), onRows: ignore });
      expect(compared.filter(({ difference }) => difference !== undefined)).toEqual([]);
      expect(compared.every(({ rows }) => rows >= 39)).toBe(true);
    }
    const entry = { at: 1, kind: 'k', actor: 'a', request_id: '', address: '', user_agent: '', detail: '{}' };
    for (const database of [there, back]) {
      const inserted = await database.write((tx) =>
        tx.insertInto('journal').values(entry).returning('id').executeTakeFirstOrThrow(),
      );
      expect(inserted.id).toBe(121);
    }
    const rows = await measureSchema(source, moved(tables));
    expect(rows.find(({ name }) => name === 'manifests')).toMatchObject({ rows: 40 });
    expect(rows.find(({ name }) => name === 'manifests')?.bytes).toBeGreaterThan(5_000_000);
  }, 120_000);

  it.each([
    ['sqlite', 'postgres'],
    ['postgres', 'sqlite'],
  ] as const)(
    'goes on where it was cut off, from %s to %s',
    async (from, to) => {
      const tables = await readShapes();
      const filled = await open('sqlite');
      await fill(filled, tables, 30);
      let source = filled;
      if (from === 'postgres') {
        source = await open('postgres');
        await copySchema({ source: filled, target: source, moved: moved(tables), onRows: ignore });
      }
      const target = await open(to);
      for (let cut = 1; ; cut += randomInt(1, 4)) {
        let batches = 0;
        const onRows = () => {
          batches += 1;
          if (batches === cut) throw new Error('killed');
        };
        const isDone = await copySchema({ source, target, moved: moved(tables), onRows }).then(
          () => true,
          (error: Error) => {
            if (error.message !== 'killed') throw error;
            return false;
          },
        );
        if (isDone) break;
      }
      const compared = await compareSchema({ source, target, moved: moved(tables), onRows: ignore });
      expect(compared.filter(({ difference }) => difference !== undefined)).toEqual([]);
    },
    120_000,
  );

  it('copies what triggers have written, has them write nothing themselves, and leaves them at work', async () => {
    const steps = { ...INSTANCE_MIGRATIONS, '9999-notes': createNotes };
    const openWithNotes = async (engine: 'sqlite' | 'postgres') => {
      const { database, close } = await openTestDatabase(engine, { inMemory: true, steps });
      closers.push(close);
      return database;
    };
    const source = await openWithNotes('sqlite');
    const [tables, triggers] = [await readTableShapes(source.reader), await readTriggerShapes(source.reader)];
    for (const name of ['a', 'b']) {
      await source.write((tx) => tx.insertInto('settings').values({ name, value: '' }).execute());
    }
    let from: Source = source;
    for (const engine of ['postgres', 'sqlite'] as const) {
      const target = await openWithNotes(engine);
      const deps = { source: from, target, moved: moved(tables, triggers), onRows: ignore };
      const cut = () => {
        throw new Error('killed');
      };
      await expect(copySchema({ ...deps, onRows: cut })).rejects.toThrow('killed');
      await expect(compareSchema(deps)).rejects.toThrow(/no running trigger .*note_settings/);
      await copySchema(deps);
      const compared = await compareSchema(deps);
      expect(compared.filter(({ difference }) => difference !== undefined)).toEqual([]);
      expect(compared.find(({ name }) => name === 'notes')).toMatchObject({ rows: 2 });
      from = target;
    }
    await from.write((tx) => tx.insertInto('settings').values({ name: 'c', value: '' }).execute());
    const { rows } = await sql<{ id: number }>`select id from notes order by id`.execute(from.reader);
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('finds a value that is another, a row too many and a next id that was given already', async () => {
    const tables = await readShapes();
    const [source, target] = [await open('sqlite'), await open('postgres')];
    await fill(source, tables, 5);
    const deps = { source, target, moved: moved(tables), onRows: ignore };
    await copySchema(deps);
    await target.write(async (tx) => {
      await sql`update manifests set bytes = set_byte(bytes, 1, 7) where id = 6`.execute(tx);
      await tx.deleteFrom('strays').where('size', '=', 1).execute();
      await sql`select setval(pg_get_serial_sequence('users', 'id'), 3)`.execute(tx);
    });
    const found = (await compareSchema(deps)).filter(({ difference }) => difference !== undefined);
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['manifests', 'strays', 'users']));
  });

  it('names the rows that the other engine does not take, and refuses what it cannot keep', async () => {
    const tables = await readShapes();
    const [source, target] = [await open('sqlite'), await open('postgres')];
    await source.write((tx) => tx.insertInto('settings').values({ name: 'n', value: 'a\u0000b' }).execute());
    const deps = { source, target, moved: moved(tables), onRows: ignore };
    await expect(copySchema(deps)).rejects.toThrow(/rows n to n of the table settings cannot be moved/);
    await source.write((tx) => tx.deleteFrom('settings').execute());
    await source.write((tx) =>
      sql`insert into strays (kind, name, size, first_seen_at, last_seen_at)
          values ('k', 'n', 9007199254740993, 1, 1)`.execute(tx),
    );
    await expect(copySchema(deps)).rejects.toThrow(/strays.size has the number .* cannot be moved exactly/);
    await source.write((tx) => sql`create table of_mine (id integer primary key)`.execute(tx));
    await expect(copySchema(deps)).rejects.toThrow(/tables that are not Roadstead's \(of_mine\)/);
  });
});
