import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import type { JsonObject } from './json-value.ts';

export interface EnsureRecurringJobInput {
  /** There is one job of a name. */
  readonly name: string;
  readonly kind: string;
  readonly parameters: JsonObject;
  /** From the end of one run to the start of the next. */
  readonly repeatEveryMs: number;
  readonly now: number;
}

/** Makes a job that runs again and again, on one worker at a time; due at once when it is new, else when it was, or sooner. */
export async function ensureRecurringJob(
  { tx }: InstanceTransaction,
  { name, kind, parameters, repeatEveryMs, now }: EnsureRecurringJobInput,
): Promise<void> {
  const json = JSON.stringify(parameters);
  const inserted = await tx
    .insertInto('jobs')
    .values({
      name,
      kind,
      parameters: json,
      repeat_every_ms: repeatEveryMs,
      status: 'pending',
      attempts: 0,
      max_attempts: 0,
      run_after: now,
      lease_token: 0,
      stop_requested: 0,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted !== undefined) return;
  await tx
    .updateTable('jobs')
    .set({ kind, parameters: json, repeat_every_ms: repeatEveryMs })
    .where('name', '=', name)
    .where((row) =>
      row.or([row('kind', '!=', kind), row('parameters', '!=', json), row('repeat_every_ms', '!=', repeatEveryMs)]),
    )
    .execute();
  await tx
    .updateTable('jobs')
    .set({ run_after: now + repeatEveryMs })
    .where('name', '=', name)
    .where('status', '=', 'pending')
    .where('attempts', '=', 0)
    .where('run_after', '>', now + repeatEveryMs)
    .execute();
}
