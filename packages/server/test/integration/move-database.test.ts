import { rm } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { openControlPlaneAsItIs, openInstanceAsItIs } from '../../src/databases.ts';
import { digestTable } from '../../src/portability/moving/database/row-digest.ts';
import { readTableShapes, type TableShape } from '../../src/portability/moving/database/table-shape.ts';
import { openTestDatabase } from '../in-process/test-database.ts';
import { createEngineDatabase } from './support/engines.ts';
import { MovedRegistry } from './support/moved-registry.ts';

const LONG_MS = 240_000;
const JOURNAL_ROWS = 40_000;

describe.runIf(inject('postgresUrl') !== undefined)('moving the database', () => {
  let registry: MovedRegistry;
  let database: Awaited<ReturnType<typeof createEngineDatabase>>;
  let inPostgres: Readonly<Record<string, string>>;

  beforeEach(async () => {
    registry = await MovedRegistry.create();
    database = await createEngineDatabase();
    inPostgres = { ROADSTEAD_DATABASE_URL: database.url };
  });
  afterEach(async () => {
    await registry[Symbol.asyncDispose]();
    await database.drop();
  });

  async function fill(): Promise<void> {
    const client = await registry.start();
    await client.createProject('team');
    for (const tag of ['v1', 'v2', 'v1']) await registry.push(tag);
    const doomed = await registry.push('doomed');
    expect((await client.delete(`/v2/team/app/manifests/${doomed.digest}`)).status).toBe(202);
    registry.pushed.delete('doomed');
    await registry.stop();
  }

  /** So many rows that a move is seen while it runs. */
  async function fillJournal(): Promise<void> {
    const config = { dataDir: registry.dataDir, databaseUrl: undefined, databaseConnections: 2 };
    const opened = await openInstanceAsItIs(config, 'main');
    await opened.write((tx) =>
      sql`insert into journal (at, kind, actor, request_id, address, user_agent, detail)
          with recursive numbers(number) as (select 1 union all select number + 1 from numbers where number < ${JOURNAL_ROWS})
          select number, 'test', 'test', 'request ' || number, '192.0.2.1', 'test', '{}' from numbers`.execute(tx),
    );
    await opened.close();
  }

  async function shapesOf(): Promise<readonly TableShape[]> {
    const { database: scratch, close } = await openTestDatabase('sqlite');
    const shapes = await readTableShapes(scratch.reader);
    await close();
    return shapes;
  }

  async function digests(url: string | undefined, shapes: readonly TableShape[]) {
    const config = { dataDir: registry.dataDir, databaseUrl: url, databaseConnections: 4 };
    const opened = await openInstanceAsItIs(config, 'main');
    const found = [];
    for (const shape of shapes) found.push({ table: shape.name, ...(await digestTable(opened.reader, shape)) });
    await opened.close();
    return found;
  }

  async function journal(url: string | undefined) {
    const config = { dataDir: registry.dataDir, databaseUrl: url, databaseConnections: 4 };
    const opened = await openInstanceAsItIs(config, 'main');
    const rows = await opened.reader.selectFrom('journal').select(['actor', 'kind']).orderBy('id').execute();
    await opened.close();
    return rows;
  }

  /** A move is told of in the journal. */
  const withoutJournal = (found: readonly { readonly table: string }[]) =>
    found.filter(({ table }) => table !== 'journal' && table !== 'row_changes');

  const move = (...argv: readonly string[]) => registry.run('admin', 'move-database', ...argv);

  it(
    'keeps everything, there and back again, and no server starts on what was left',
    async () => {
      await fill();
      const shapes = await shapesOf();
      const before = await digests(undefined, shapes);
      expect(before.find(({ table }) => table === 'tag_history')).toMatchObject({ rows: 5 });
      const dry = await move('--to', database.url, '--dry-run', '--json');
      expect([dry.code, dry.errors]).toEqual([0, '']);
      const preview = JSON.parse(dry.output);
      expect(preview).toMatchObject({ state: 'dry-run', target: 'empty' });
      const counts = (list: readonly { database: string; table: string; rows: number }[]) =>
        list.filter((each) => each.database === 'main').map(({ table, rows }) => ({ table, rows }));
      expect(counts(preview.tables)).toEqual(before.map(({ table, rows }) => ({ table, rows })));

      const there = await move('--to', database.url, '--json');
      expect(there.code, there.errors).toBe(0);
      const told = await digests(undefined, shapes);
      expect(counts(JSON.parse(there.output).tables)).toEqual(told.map(({ table, rows }) => ({ table, rows })));
      expect(await digests(database.url, shapes)).toEqual(told);
      expect(withoutJournal(told)).toEqual(withoutJournal(before));
      expect(await journal(database.url)).toEqual([
        ...(await journal(undefined)).slice(0, -1),
        { actor: 'system:admin move-database', kind: 'database.move-begun' },
      ]);
      await expect(registry.start()).rejects.toThrow(/this database was moved to PostgreSQL .* move-database --undo/);
      const doctor = await registry.run('doctor');
      expect([doctor.code, doctor.output]).toEqual([1, expect.stringContaining('was moved to PostgreSQL')]);
      const late = await registry.run('admin', 'instance', 'create', 'late', '--host', 'late.test');
      expect([late.code, late.errors]).toEqual([2, expect.stringContaining('was moved to PostgreSQL')]);
      const again = await move('--to', database.url);
      expect([again.code, again.errors]).toEqual([1, expect.stringContaining('was moved to PostgreSQL')]);

      registry.env = inPostgres;
      await registry.start();
      expect(await registry.findWrong()).toEqual([]);
      await registry.push('v3');
      const busy = await move('--to', 'sqlite');
      expect([busy.code, busy.errors]).toEqual([1, expect.stringContaining('a server runs on')]);
      await registry.stop();

      const changed = await digests(database.url, shapes);
      const refused = await move('--to', 'sqlite');
      expect([refused.code, refused.errors]).toEqual([1, expect.stringContaining('--replace')]);
      const back = await move('--to', 'sqlite', '--replace');
      expect(back.code, back.errors).toBe(0);
      expect(back.output).toContain('remove ROADSTEAD_DATABASE_URL');
      expect(await digests(undefined, shapes)).toEqual(await digests(database.url, shapes));
      expect(withoutJournal(await digests(undefined, shapes))).toEqual(withoutJournal(changed));
      registry.env = {};
      await registry.start();
      expect(await registry.findWrong()).toEqual([]);
      await registry.push('v4');
      expect(await registry.findWrong()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'moves every instance, also `main` where others were made beside it',
    async () => {
      await fill();
      for (const id of ['one', 'two-b']) await registry.run('admin', 'instance', 'create', id, '--host', `${id}.test`);
      const moved = await move('--to', database.url, '--json');
      expect(moved.code, moved.errors).toBe(0);
      const names = new Set(JSON.parse(moved.output).tables.map((table: { database: string }) => table.database));
      expect([...names]).toEqual(['main', 'control plane']);
      registry.env = inPostgres;
      const list = await registry.run('admin', 'instance', 'list', '--json');
      expect(JSON.parse(list.output).map(({ id }: { id: string }) => id)).toEqual(['one', 'two-b']);
    },
    LONG_MS,
  );

  it(
    'goes on where it was killed, and copies anew what was changed in between',
    async () => {
      await fill();
      const shapes = await shapesOf();
      await fillJournal();
      for (const change of [false, true]) {
        const running = registry.startCommand('admin', 'move-database', '--to', database.url, '--replace');
        const client = new pg.Client({ connectionString: database.url });
        client.on('error', () => undefined);
        await client.connect();
        const countMoved = async () =>
          client.query('select count(*)::int as count from roadstead_main.journal').then(
            ({ rows }) => rows[0].count,
            () => 0,
          );
        await expect.poll(countMoved, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
        running.child.kill('SIGKILL');
        await running.ended;
        expect(await countMoved()).toBeLessThan(JOURNAL_ROWS);
        await client.end();
        const unfinished = await registry.run('admin', 'instance', 'list');
        expect(unfinished.code).toBe(0);
        registry.env = inPostgres;
        await expect(registry.start()).rejects.toThrow(/the move from SQLite in .* into this database has not ended/);
        registry.env = {};
        if (change) {
          await registry.start();
          await registry.push('between');
          await registry.stop();
        }
        const resumed = await move('--to', database.url);
        expect(resumed.code, resumed.errors).toBe(0);
        if (change) expect(resumed.errors).toContain('copied anew');
        expect(await digests(database.url, shapes)).toEqual(await digests(undefined, shapes));
        await move('--undo');
        if (!change) {
          await database.drop();
          database = await createEngineDatabase();
          inPostgres = { ROADSTEAD_DATABASE_URL: database.url };
        }
      }
    },
    LONG_MS,
  );

  it(
    'refuses in a sentence what it must not or cannot do',
    async () => {
      const none = await move('--to', database.url);
      expect([none.code, none.errors]).toEqual([1, expect.stringContaining('there is no database in')]);
      await fill();
      const url = new URL(database.url);
      const with_ = (change: (url: URL) => void) => {
        const other = new URL(url);
        change(other);
        return other.href;
      };
      const attempts = [
        ['sqlite', 2, /SQLite already/],
        ['mysql://x', 2, /--to must be an address such as postgres/],
        [with_((other) => (other.port = '1')), 1, /PostgreSQL 127.0.0.1:1\/.* cannot be used: .*ECONNREFUSED/],
        [with_((other) => (other.pathname = '/nowhere')), 1, /cannot be used: database "nowhere" does not exist/],
        [with_((other) => (other.password = 'wrong')), 1, /cannot be used: password authentication failed/],
      ] as const;
      for (const [to, code, message] of attempts) {
        const result = await move('--to', to);
        expect([to, result.code, result.errors]).toEqual([to, code, expect.stringMatching(message)]);
        expect(result.errors).not.toContain('    at ');
      }
      const client = new pg.Client({ connectionString: database.url });
      client.on('error', () => undefined);
      await client.connect();
      await client.query(`create role reader_${process.pid} login password 'x'`);
      const poor = await move(
        '--to',
        with_((other) => {
          other.username = `reader_${process.pid}`;
          other.password = 'x';
        }),
      );
      expect([poor.code, poor.errors]).toEqual([1, expect.stringMatching(/permission denied.*may create schemas/)]);
      await client.query(`drop role reader_${process.pid}`);
      await client.query('create schema roadstead_control_plane; create table roadstead_control_plane.mine (id int)');
      const taken = await move('--to', database.url);
      expect([taken.code, taken.errors]).toEqual([1, expect.stringContaining('holds a registry already')]);
      await client.query('drop schema roadstead_control_plane cascade');
      await client.end();
      await registry.start();
      const busy = await move('--to', database.url);
      expect([busy.code, busy.errors]).toEqual([1, expect.stringContaining('a server runs on')]);
      await registry.stop();
      // Another node on the same database, with a data folder of its own.
      await move('--to', database.url);
      registry.env = inPostgres;
      await registry.start();
      const elsewhere = await MovedRegistry.create({
        ...inPostgres,
        ROADSTEAD_MASTER_KEY_FILE: path.join(registry.dataDir, 'master.key'),
      });
      const guarded = await elsewhere.run('admin', 'move-database', '--to', 'sqlite');
      expect([guarded.code, guarded.errors]).toEqual([1, expect.stringMatching(/servers have \d+ connections/)]);
      await elsewhere[Symbol.asyncDispose]();
      await registry.stop();
      await rm(path.join(registry.dataDir, 'control-plane.sqlite'), { force: true });
      const files = await move('--to', 'sqlite');
      expect([files.code, files.errors]).toEqual([1, expect.stringContaining('holds a registry already')]);
      const controlPlane = await openControlPlaneAsItIs({
        dataDir: registry.dataDir,
        databaseUrl: database.url,
        databaseConnections: 2,
      });
      expect(
        await controlPlane.reader.selectFrom('properties').select('name').where('name', '=', 'database-move').execute(),
      ).toEqual([]);
      await controlPlane.close();
    },
    LONG_MS,
  );
});
