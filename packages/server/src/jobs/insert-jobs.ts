import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';
import type { JsonObject } from './json-value.ts';

/** A job to be made. */
export interface NewJob {
  /** Default: the kind of the execution. */
  readonly kind?: string;
  readonly parameters: JsonObject;
  /** Default: 5. */
  readonly maxAttempts?: number;
  /** Not before this instant. Default: now. */
  readonly runAfter?: number;
}

export const DEFAULT_MAX_ATTEMPTS = 5;
/** A row binds a dozen values. */
const ROWS_PER_STATEMENT = 80;

/** Inserts pending jobs. @returns their ids, in the order of `jobs` */
export async function insertJobs(
  tx: Kysely<InstanceSchema>,
  execution: { readonly id: number; readonly kind: string },
  jobs: readonly NewJob[],
  now: number,
): Promise<readonly number[]> {
  const ids: number[] = [];
  for (let start = 0; start < jobs.length; start += ROWS_PER_STATEMENT) {
    const rows = jobs.slice(start, start + ROWS_PER_STATEMENT).map((job) => ({
      execution_id: execution.id,
      kind: job.kind ?? execution.kind,
      parameters: JSON.stringify(job.parameters),
      status: 'pending',
      attempts: 0,
      max_attempts: job.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
      run_after: job.runAfter ?? now,
      lease_token: 0,
      stop_requested: 0,
      created_at: now,
    }));
    const inserted = await tx.insertInto('jobs').values(rows).returning('id').execute();
    // Ids rise in the order of the values, whatever the order in which they are returned.
    ids.push(...inserted.map((row) => row.id).toSorted((left, right) => left - right));
  }
  return ids;
}
