import { type Kysely, sql } from 'kysely';

/** A table as the migrations make it, in the words that both engines share. */
export interface TableShape {
  readonly name: string;
  /** In the order of their places. */
  readonly columns: readonly ColumnShape[];
  /** The columns of the primary key, in its order. */
  readonly key: readonly string[];
  /** The engine gives ids itself, each once. */
  readonly givesIds: boolean;
  /** Tables that its rows refer to. */
  readonly parents: readonly string[];
}

export interface ColumnShape {
  readonly name: string;
  readonly type: 'integer' | 'text' | 'bytes';
}

const TYPES: Readonly<Record<string, ColumnShape['type']>> = {
  integer: 'integer',
  bigint: 'integer',
  text: 'text',
  blob: 'bytes',
};

/**
 * The tables of a migrated SQLite database, those that others refer to first. No list of them stands anywhere: a table that a
 * migration adds is moved.
 * @param db an SQLite database; the migrations make the same tables on every engine
 * @throws Error where a table is of a kind that cannot be moved: that is a mistake of the migration
 */
export async function readTableShapes<Schema>(db: Kysely<Schema>): Promise<readonly TableShape[]> {
  const { rows } = await sql<{ name: string; text: string }>`
    select name, sql as text from sqlite_master
     where type = 'table' and name not like 'sqlite\\_%' escape '\\' and name not like 'kysely\\_%' escape '\\'
     order by name`.execute(db);
  const shapes: TableShape[] = [];
  for (const { name, text } of rows) shapes.push(await readShape(db, name, text));
  return parentsFirst(shapes);
}

async function readShape<Schema>(db: Kysely<Schema>, name: string, text: string): Promise<TableShape> {
  const { rows: columns } = await sql<{ name: string; type: string; pk: number }>`
    select name, type, pk from pragma_table_info(${name}) order by cid`.execute(db);
  const { rows: parents } = await sql<{ name: string }>`
    select distinct "table" as name from pragma_foreign_key_list(${name})`.execute(db);
  const key = columns.filter(({ pk }) => pk > 0).toSorted((left, right) => left.pk - right.pk);
  if (key.length === 0) throw new Error(`the table ${name} has no primary key: it cannot be moved`);
  return {
    name,
    columns: columns.map((column) => ({ name: column.name, type: typeOf(name, column) })),
    key: key.map((column) => column.name),
    givesIds: /\bautoincrement\b/i.test(text),
    parents: parents.map((parent) => parent.name).filter((parent) => parent !== name),
  };
}

function typeOf(table: string, { name, type }: { readonly name: string; readonly type: string }): ColumnShape['type'] {
  const known = TYPES[type.toLowerCase()];
  if (known !== undefined) return known;
  throw new Error(`the column ${table}.${name} has the type ${type}: it cannot be moved`);
}

function parentsFirst(shapes: readonly TableShape[]): readonly TableShape[] {
  const placed = new Map<string, TableShape>();
  while (placed.size < shapes.length) {
    const next = shapes.find(({ name, parents }) => !placed.has(name) && parents.every((parent) => placed.has(parent)));
    if (next === undefined) throw new Error('tables refer to each other in a circle: they cannot be moved');
    placed.set(next.name, next);
  }
  return [...placed.values()];
}
