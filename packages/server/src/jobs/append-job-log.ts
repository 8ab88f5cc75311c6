import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { toLines } from './job-text.ts';

/** One thing that a job, or the job system about it, has to say; several lines of text become several entries. */
export interface LogEntry {
  readonly at: number;
  readonly text: string;
}

export const MAX_LOG_LINES = 1_000;
const LINES_PER_STATEMENT = 250;

/**
 * Appends to the log of a job, of which only the last 1,000 lines stay. Whoever calls it has changed the job's row in the
 * same transaction and so holds its lock: line numbers are without gaps.
 */
export async function appendJobLog(
  tx: Kysely<InstanceSchema>,
  jobId: number,
  entries: readonly LogEntry[],
): Promise<void> {
  const lines = entries.flatMap(({ at, text }) => toLines(text).map((line) => ({ at, text: line })));
  if (lines.length === 0) return;
  const { last } = await tx
    .selectFrom('job_log')
    .select((row) => row.fn.max('line').as('last'))
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  const first = (last ?? 0) + 1;
  const end = first + lines.length;
  const rows = lines.map((line, index) => ({ job_id: jobId, line: first + index, ...line })).slice(-MAX_LOG_LINES);
  for (let start = 0; start < rows.length; start += LINES_PER_STATEMENT) {
    await tx
      .insertInto('job_log')
      .values(rows.slice(start, start + LINES_PER_STATEMENT))
      .execute();
  }
  await tx
    .deleteFrom('job_log')
    .where('job_id', '=', jobId)
    .where('line', '<', end - MAX_LOG_LINES)
    .execute();
}
