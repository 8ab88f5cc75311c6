/** A row as it is in the database, with the rows that are a part of it. */
export interface RecoveredRow {
  readonly table: string;
  readonly key: string;
  /** Undefined: there is none of this key any more. */
  readonly values: RowValues | undefined;
}

export interface RowValues {
  readonly [column: string]: RowValue | readonly RowValues[];
}

export type RowValue = string | number | null | Uint8Array;

/** Where the parts of a row are among its values. */
export const PARTS = 'parts';
