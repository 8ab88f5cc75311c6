import { formatPayload } from '@roadstead/archive';
import type { Selectable } from 'kysely';
import type { JournalRow } from '../../db/instance/schema.ts';

export type JournalEntryRow = Selectable<JournalRow>;

/** Every column of the journal: a test compares them with the schema. One that is added has to be null in the rows before it. */
export const JOURNAL_COLUMNS = [
  'id',
  'at',
  'kind',
  'actor',
  'request_id',
  'address',
  'user_agent',
  'project_id',
  'repository',
  'detail',
] as const satisfies readonly (keyof JournalRow)[];

/** The text of a row that the log vouches for. */
export function formatJournalPayload(row: JournalEntryRow): string {
  return formatPayload(Object.fromEntries(JOURNAL_COLUMNS.map((column) => [column, row[column]])));
}
