import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createEngineDatabase } from '../../../../test/integration/support/engines.ts';
import type { Database } from '../database.ts';
import { createPostgresCell, dropPostgresSchema, openPostgresDatabase, type SchemaOwner } from './postgres-database.ts';

interface Schema {
  notes: { readonly text: string };
}

const CONNECTION = { maxConnections: 2, connectTimeoutMs: 10_000 };

describe.runIf(inject('postgresUrl') !== undefined)('the role of a schema', () => {
  let own: Awaited<ReturnType<typeof createEngineDatabase>>;
  let operator: pg.Client;
  const opened: Database<Schema>[] = [];

  beforeEach(async () => {
    own = await createEngineDatabase();
    operator = new pg.Client({ connectionString: own.url });
    await operator.connect();
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    await operator.end();
    await own.drop();
  });

  const open = async (schema: string, owner: SchemaOwner, url = own.url) => {
    const database = await openPostgresDatabase<Schema>({ url, schema, owner, ...CONNECTION });
    opened.push(database);
    return database;
  };
  const addNotes = (database: Database<Schema>) =>
    database.write(async (tx) => {
      await sql`create table if not exists notes (id bigint generated always as identity, text text)`.execute(tx);
      await tx.insertInto('notes').values({ text: 'one' }).execute();
    });
  const readNotes = (database: Database<Schema>) => database.reader.selectFrom('notes').select('text').execute();
  const ownerOf = async (schema: string) => {
    const { rows } = await operator.query(
      `select pg_get_userbyid(nspowner) as owner, shobj_description(nspowner, 'pg_authid') as comment
       from pg_namespace where nspname = $1`,
      [schema],
    );
    return rows[0] as { owner: string; comment: string | null } | undefined;
  };

  it('keeps the connections of one schema out of every other, also by its full name', async () => {
    const [one, two] = [await open('one', 'role'), await open('two', 'role')];
    await addNotes(one);
    await addNotes(two);
    await expect(sql`select * from two.notes`.execute(one.reader)).rejects.toThrow('permission denied for schema two');
    await expect(one.write((tx) => sql`drop table two.notes`.execute(tx))).rejects.toThrow('permission denied');
    expect(await readNotes(two)).toEqual([{ text: 'one' }]);
  });

  it('takes a schema of the user over with all that is in it, while one who does not know roles goes on', async () => {
    const former = await open('grown', 'user');
    await addNotes(former);
    const database = await open('grown', 'role');
    await addNotes(database);
    await addNotes(former);
    expect(await readNotes(database)).toHaveLength(3);
    const { owner, comment } = (await ownerOf('grown')) ?? {};
    expect(owner).toMatch(/^grown_[0-9a-f]{12}$/);
    expect(comment).toContain('schema grown of the database');
    const { rows } = await operator.query(`select distinct tableowner from pg_tables where schemaname = 'grown'`);
    expect(rows).toEqual([{ tableowner: owner }]);
  });

  it('waits for a moment in which nobody uses the tables, and keeps nobody waiting meanwhile', async () => {
    const former = await open('busy', 'user');
    await addNotes(former);
    let isBusy = true;
    const busy = former.write(async (tx) => {
      await tx.insertInto('notes').values({ text: 'two' }).execute();
      await sql`select pg_sleep(1.5)`.execute(tx);
      isBusy = false;
    });
    const opening = open('busy', 'role');
    const waits: number[] = [];
    while (isBusy) {
      const begun = performance.now();
      await readNotes(former);
      waits.push(performance.now() - begun);
    }
    await busy;
    expect(await readNotes(await opening)).toHaveLength(2);
    expect((await ownerOf('busy'))?.owner).toMatch(/^busy_/);
    // A reader that came while the owner was about to change has waited for as long as that is tried, and no longer.
    expect(waits.length).toBeGreaterThan(5);
    expect(Math.max(...waits)).toBeLessThan(1_000);
  });

  it('is left for later where the tables are busy all the time', async () => {
    const former = await open('always', 'user');
    await addNotes(former);
    await operator.query('begin');
    await operator.query('select * from always.notes');
    const database = await open('always', 'role');
    expect(await readNotes(database)).toHaveLength(1);
    await operator.query('rollback');
    expect((await ownerOf('always'))?.owner).not.toMatch(/^always_/);
    expect(await readNotes(await open('always', 'role'))).toHaveLength(1);
    expect((await ownerOf('always'))?.owner).toMatch(/^always_/);
  });

  it('is made once by many who open the schema at once, and goes with the schema', async () => {
    await Promise.all(Array.from({ length: 8 }, () => open('crowded', 'role')));
    const role = (await ownerOf('crowded'))?.owner;
    for (const database of opened.splice(0)) await database.close();
    for (let turn = 0; turn < 2; turn += 1) {
      await dropPostgresSchema({ url: own.url, schema: 'crowded', ...CONNECTION });
    }
    expect(await ownerOf('crowded')).toBeUndefined();
    expect((await operator.query('select from pg_roles where rolname = $1', [role])).rowCount).toBe(0);
  });

  // Connections stayed set to the role of before, which was gone though another had its name.
  it('is another one after an end and a new beginning, for connections that knew the former as well', async () => {
    const cell = createPostgresCell({ url: own.url, ...CONNECTION });
    const first = await cell.openDatabase<Schema>('again', 'role');
    await addNotes(first);
    await first.close();
    await dropPostgresSchema({ url: own.url, schema: 'again', ...CONNECTION });
    const second = await cell.openDatabase<Schema>('again', 'role');
    await addNotes(second);
    expect(await readNotes(second)).toHaveLength(1);
    await second.close();
    await cell.close();
  });

  it('creates nothing when the schema is to be left as found', async () => {
    await expect(readNotes(await open('absent', 'as-found'))).rejects.toThrow('relation "notes" does not exist');
    expect(await ownerOf('absent')).toBeUndefined();
    await addNotes(await open('there', 'role'));
    expect(await readNotes(await open('there', 'as-found'))).toHaveLength(1);
  });

  describe('for users with few rights', () => {
    const users: string[] = [];
    const createUser = async (rights: string) => {
      const url = new URL(own.url);
      const name = `user_of_${url.pathname.slice(1)}_${users.length}`;
      users.push(name);
      await operator.query(`create role "${name}" login password 'secret' ${rights}`);
      await operator.query(`grant create on database "${url.pathname.slice(1)}" to "${name}"`);
      return Object.assign(url, { username: name, password: 'secret' }).href;
    };
    afterEach(async () => {
      for (const database of opened.splice(0)) await database.close();
      const { rows } = await operator.query(`select nspname from pg_namespace where nspname like 'few%'`);
      for (const { nspname } of rows) await dropPostgresSchema({ url: own.url, schema: nspname, ...CONNECTION });
      for (const name of users.splice(0)) await operator.query(`drop owned by "${name}"; drop role "${name}"`);
    });

    it('is created by one who may create roles and is no superuser', async () => {
      const url = await createUser('createrole');
      const database = await open('few_roles', 'role', url);
      await addNotes(database);
      expect(await readNotes(database)).toHaveLength(1);
      expect((await ownerOf('few_roles'))?.owner).toMatch(/^few_roles_/);
      await database.close();
      await dropPostgresSchema({ url, schema: 'few_roles', ...CONNECTION });
      expect(await ownerOf('few_roles')).toBeUndefined();
    });

    it('cannot be there for one who may create no schema, and that is said', async () => {
      const url = await createUser('');
      await operator.query(
        `revoke create on database "${new URL(url).pathname.slice(1)}" from "${new URL(url).username}"`,
      );
      await expect(open('few_rights', 'user', url)).rejects.toThrow(
        /^the database cannot be used \(permission denied for database .*\): let its user be one who may create schemas there$/,
      );
    });

    it('is done without by one who may not', async () => {
      const url = await createUser('');
      const database = await open('few', 'role', url);
      await addNotes(database);
      expect(await readNotes(database)).toHaveLength(1);
      expect((await ownerOf('few'))?.owner).toBe(new URL(url).username);
    });
  });
});
