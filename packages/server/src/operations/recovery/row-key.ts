import type { RecoveredTable } from './recovered-tables.ts';

/** Names a row in text: its key columns with a colon in between. */
export function toRowKey(table: RecoveredTable, row: Readonly<Record<string, unknown>>): string {
  return table.key.map((column) => String(row[column])).join(':');
}

/** The values of the key columns. A key of several columns is one of numbers. */
export function fromRowKey(table: RecoveredTable, key: string): readonly (string | number)[] {
  const isNumber = table.hasIds || table.key.length > 1;
  return isNumber ? key.split(':').map(Number) : [key];
}
