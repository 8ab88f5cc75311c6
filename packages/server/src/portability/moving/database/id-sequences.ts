import { type Kysely, sql } from 'kysely';
import type { Database, ReadDatabase } from '../../../drivers/database/database.ts';
import type { TableShape } from './table-shape.ts';

/** The highest id that each table has ever given, by its name; an id of a deleted row is not given again either. */
export type IdSequences = ReadonlyMap<string, number>;

/** As the engine knows them. */
export async function readIdSequences<Schema>(
  { reader, capabilities }: Pick<ReadDatabase<Schema>, 'reader' | 'capabilities'>,
  tables: readonly TableShape[],
): Promise<IdSequences> {
  const read = capabilities.identityColumns ? readIdentity : readAutoincrement;
  const found = new Map<string, number>();
  for (const table of tables.filter(({ givesIds }) => givesIds)) found.set(table.name, await read(reader, table));
  return found;
}

/** As they have to be, also where somebody has inserted ids of his own behind the engine's. */
export async function readNeededSequences<Schema>(
  database: Pick<ReadDatabase<Schema>, 'reader' | 'capabilities'>,
  tables: readonly TableShape[],
): Promise<IdSequences> {
  const needed = new Map(await readIdSequences(database, tables));
  for (const table of tables.filter(({ givesIds }) => givesIds)) {
    needed.set(table.name, Math.max(needed.get(table.name) ?? 0, await findHighestId(database.reader, table)));
  }
  return needed;
}

/** From now on the tables give ids behind these. */
export async function writeIdSequences<Schema>(
  database: Database<Schema>,
  tables: readonly TableShape[],
  sequences: IdSequences,
): Promise<void> {
  const write = database.capabilities.identityColumns ? writeIdentity : writeAutoincrement;
  await database.write(async (tx) => {
    for (const table of tables.filter(({ givesIds }) => givesIds)) {
      await write(tx, table, sequences.get(table.name) ?? 0);
    }
  });
}

async function findHighestId<Schema>(db: Kysely<Schema>, { name, key }: TableShape): Promise<number> {
  const { rows } = await sql<{ id: number | null }>`
    select max(${sql.ref(key[0] ?? '')}) as id from ${sql.table(name)}`.execute(db);
  return Number(rows[0]?.id ?? 0);
}

async function readAutoincrement<Schema>(db: Kysely<Schema>, { name }: TableShape): Promise<number> {
  const { rows } = await sql<{ seq: number }>`select seq from sqlite_sequence where name = ${name}`.execute(db);
  return Number(rows[0]?.seq ?? 0);
}

async function writeAutoincrement<Schema>(tx: Kysely<Schema>, { name }: TableShape, id: number): Promise<void> {
  await sql`delete from sqlite_sequence where name = ${name}`.execute(tx);
  await sql`insert into sqlite_sequence (name, seq) values (${name}, ${id})`.execute(tx);
}

async function readIdentity<Schema>(db: Kysely<Schema>, table: TableShape): Promise<number> {
  const sequence = await findSequence(db, table);
  const { rows } = await sql<{ id: number }>`
    select case when is_called then last_value else last_value - 1 end as id from ${sql.raw(sequence)}`.execute(db);
  return Number(rows[0]?.id ?? 0);
}

async function writeIdentity<Schema>(tx: Kysely<Schema>, table: TableShape, id: number): Promise<void> {
  const sequence = await findSequence(tx, table);
  await sql`select setval(${sequence}::regclass, ${Math.max(id, 1)}::bigint, ${id > 0}::boolean)`.execute(tx);
}

/** Quoted where need be, as the engine names it. */
async function findSequence<Schema>(db: Kysely<Schema>, { name, key }: TableShape): Promise<string> {
  const { rows } = await sql<{ sequence: string | null }>`
    select pg_get_serial_sequence(quote_ident(current_schema()) || '.' || quote_ident(${name}::text), ${key[0]}::text)
        as sequence`.execute(db);
  const sequence = rows[0]?.sequence;
  if (sequence === undefined || sequence === null) throw new Error(`the table ${name} has no sequence of ids`);
  return sequence;
}
