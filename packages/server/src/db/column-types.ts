import { type ColumnDefinitionBuilder, type RawBuilder, sql } from 'kysely';
import type { DatabaseCapabilities } from '../drivers/database/database.ts';

type ColumnBuild = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

/** The column types that migrations use, spelled for one engine. */
export interface ColumnTypes {
  readonly id: 'integer' | 'bigint';
  readonly idOptions: ColumnBuild;
  readonly bytes: RawBuilder<unknown>;
  /** Text in code point order. */
  readonly name: RawBuilder<unknown>;
}

export function columnTypes(capabilities: DatabaseCapabilities): ColumnTypes {
  const { identityColumns, bytesType, codePointCollation } = capabilities;
  return {
    id: identityColumns ? 'bigint' : 'integer',
    idOptions: (column) =>
      identityColumns ? column.primaryKey().generatedAlwaysAsIdentity() : column.primaryKey().autoIncrement(),
    bytes: sql.raw(bytesType),
    name: sql.raw(codePointCollation === undefined ? 'text' : `text collate "${codePointCollation}"`),
  };
}
