import type { Digest } from '@roadstead/oci';
import { fromDigestBytes, toDigestBytes } from '../../content/digest-bytes.ts';
import type { SecretsEnvelope } from '../../kernel/secrets-envelope.ts';
import type { RecoveredRow, RowValue, RowValues } from './recovered-row.ts';
import { findRecoveredTable } from './recovered-tables.ts';

/** A row as a line of a record: `{"table":"tags","key":"7","row":{…}}`; `"row":null` when it is gone. */
interface RowLine {
  readonly table: string;
  readonly key: string;
  readonly row: LineValues | null;
}

interface LineValues {
  readonly [column: string]: LineValue | readonly LineValues[];
}

/** Digests as clients write them; other bytes, and what is sealed, in base64. */
type LineValue = string | number | null | { readonly base64: string } | { readonly sealed: string };

const ROWS_PER_TURN = 200;
const DIGESTS: ReadonlySet<string> = new Set(['digest', 'subject_digest', 'before_digest']);

/** @param envelope seals what leaves the database sealed only */
export function toRowLine({ table, key, values }: RecoveredRow, envelope: SecretsEnvelope): string {
  const sealed = findRecoveredTable(table)?.sealed ?? [];
  const toLineValue = (column: string, value: RowValue): LineValue => {
    if (sealed.includes(column) && typeof value === 'string') {
      return { sealed: envelope.seal(placeOf(table, key, column), Buffer.from(value)).toString('base64') };
    }
    if (!(value instanceof Uint8Array)) return value;
    return DIGESTS.has(column) ? fromDigestBytes(value) : { base64: Buffer.from(value).toString('base64') };
  };
  const convert = (row: RowValues): LineValues =>
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => [
        column,
        Array.isArray(value) ? value.map(convert) : toLineValue(column, value as RowValue),
      ]),
    );
  const line: RowLine = { table, key, row: values === undefined ? null : convert(values) };
  return JSON.stringify(line);
}

/** Some at a time, so that requests get their turn in between. */
export async function toRowLines(rows: readonly RecoveredRow[], envelope: SecretsEnvelope): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const row of rows) {
    lines.push(toRowLine(row, envelope));
    if (lines.length % ROWS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return lines;
}

export interface ParsedRow extends RecoveredRow {
  /** Columns whose sealed value does not open: they are null in the row. */
  readonly unopened: readonly string[];
}

/** @throws Error when the line is not one of `toRowLine` */
export function parseRowLine(text: string, envelope: SecretsEnvelope): ParsedRow {
  const { table, key, row } = JSON.parse(text) as RowLine;
  const unopened: string[] = [];
  const toValue = (column: string, value: LineValue): RowValue => {
    if (typeof value === 'string' && DIGESTS.has(column)) return toDigestBytes(value as Digest);
    if (typeof value !== 'object' || value === null) return value;
    if ('base64' in value) return Buffer.from(value.base64, 'base64');
    try {
      return envelope.open(placeOf(table, key, column), Buffer.from(value.sealed, 'base64')).toString();
    } catch {
      unopened.push(column);
      return null;
    }
  };
  const convert = (values: LineValues): RowValues =>
    Object.fromEntries(
      Object.entries(values).map(([column, value]) => [
        column,
        Array.isArray(value) ? value.map(convert) : toValue(column, value as LineValue),
      ]),
    );
  return { table, key, values: row === null ? undefined : convert(row), unopened };
}

function placeOf(table: string, key: string, column: string): string {
  return `recovery|${table}|${key}|${column}`;
}
