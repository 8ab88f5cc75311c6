import { type DatabaseIntrospector, type Kysely, type SchemaMetadata, sql, type TableMetadata } from 'kysely';

/**
 * What the migrator asks before it begins: whether the schema is there, and its own tables in it. Kysely's answer lists every
 * column of every schema of the database, which takes a second where there are some hundred instances.
 */
export class SchemaIntrospector implements DatabaseIntrospector {
  readonly #db: Kysely<unknown>;

  constructor(db: Kysely<unknown>) {
    this.#db = db;
  }

  /** The one that the connection is set to. */
  async getSchemas(): Promise<SchemaMetadata[]> {
    const { rows } = await sql<SchemaMetadata>`
      select nspname as name from pg_namespace where nspname = current_schema()`.execute(this.#db);
    return rows;
  }

  /** Those of that schema, each with the name and the type of its columns. */
  async getTables(): Promise<TableMetadata[]> {
    const { rows } = await sql<ColumnRow>`
      select relname as "table", nspname as schema, attname as name, format_type(atttypid, null) as "dataType",
        not attnotnull as "isNullable", atthasdef as "hasDefaultValue", attidentity <> '' as "isAutoIncrementing"
      from pg_class join pg_namespace on pg_namespace.oid = relnamespace join pg_attribute on attrelid = pg_class.oid
      where nspname = current_schema() and relkind in ('r', 'p') and attnum > 0 and not attisdropped
      order by relname, attnum`.execute(this.#db);
    return [...Map.groupBy(rows, (row) => row.table)].map(([name, columns]) => ({
      name,
      schema: columns[0]?.schema ?? '',
      isView: false,
      isForeign: false,
      columns: columns.map(({ table: _, schema: __, ...column }) => column),
    }));
  }
}

interface ColumnRow {
  readonly table: string;
  readonly schema: string;
  readonly name: string;
  readonly dataType: string;
  readonly isNullable: boolean;
  readonly hasDefaultValue: boolean;
  readonly isAutoIncrementing: boolean;
}
