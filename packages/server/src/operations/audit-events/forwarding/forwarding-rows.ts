import type { Kysely, Selectable } from 'kysely';
import type { InstanceTransaction } from '../../../db/instance/instance-database.ts';
import type { AuditForwardingRow, InstanceSchema } from '../../../db/instance/schema.ts';
import { assertJobLease, type JobFence } from '../../../jobs/job-fence.ts';
import { journalAuditSink } from '../../../journal/journal-audit-sink.ts';
import type { Actor } from '../../../kernel/actor.ts';
import type { ForwardingGap } from './forwarding-gaps.ts';
import { describeTarget, type ForwardingTarget } from './forwarding-target.ts';

/** The forwarding of an instance as it is stored. Instants are milliseconds UTC. */
export interface StoredForwarding {
  readonly isEnabled: boolean;
  readonly target: ForwardingTarget;
  /** Sealed. */
  readonly secret: Buffer | null;
  /** Rises with each change of the settings: what was sent to another target moves nothing on. */
  readonly version: number;
  /** Everything up to here was taken by the receiver, but what may be committed late. */
  readonly lastId: number;
  readonly gaps: readonly ForwardingGap[];
  /** Since it last went well. */
  readonly failures: number;
  readonly lastError: string | null;
  readonly failedAt: number | null;
  readonly retryAt: number | null;
  readonly succeededAt: number | null;
}

const NAME = 'main';

export async function findForwarding(db: Kysely<InstanceSchema>): Promise<StoredForwarding | undefined> {
  const row = await db.selectFrom('audit_forwarding').selectAll().where('name', '=', NAME).executeTakeFirst();
  return row === undefined ? undefined : toForwarding(row);
}

function toForwarding(row: Selectable<AuditForwardingRow>): StoredForwarding {
  return {
    isEnabled: row.is_enabled !== 0,
    target: JSON.parse(row.target) as ForwardingTarget,
    secret: row.secret,
    version: row.version,
    lastId: row.last_id,
    gaps: JSON.parse(row.gaps) as readonly ForwardingGap[],
    failures: row.failures,
    lastError: row.last_error,
    failedAt: row.failed_at,
    retryAt: row.retry_at,
    succeededAt: row.succeeded_at,
  };
}

export interface SetForwardingInput {
  readonly isEnabled: boolean;
  readonly target: ForwardingTarget;
  /** Sealed; null: none. */
  readonly secret: Buffer | null;
  /** `now`: from the entry on that tells of this. Absent: from where it was, or from now on when it is new. */
  readonly from?: 'now' | 'beginning' | undefined;
  readonly actor: Actor;
  readonly now: number;
}

export async function setForwarding({ tx }: InstanceTransaction, input: SetForwardingInput): Promise<void> {
  const { isEnabled, target, secret, actor, now } = input;
  const before = await findForwarding(tx);
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'audit.forwarding-changed',
    resource: describeTarget(target),
    outcome: 'done',
    detail: {
      enabled: isEnabled,
      hasSecret: secret !== null,
      ...(before !== undefined && {
        targetBefore: describeTarget(before.target),
        enabledBefore: before.isEnabled,
        hasSecretBefore: before.secret !== null,
      }),
    },
  });
  const from = input.from ?? (before === undefined ? 'now' : undefined);
  const cursor = from === undefined ? {} : { last_id: await findStart(tx, from), gaps: '[]' };
  const settings = { is_enabled: isEnabled ? 1 : 0, target: JSON.stringify(target), secret, updated_at: now };
  const state = { failures: 0, last_error: null, failed_at: null, retry_at: null };
  await tx
    .insertInto('audit_forwarding')
    .values({ name: NAME, ...settings, version: 1, last_id: 0, ...cursor })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((row) => ({
        ...settings,
        ...state,
        ...cursor,
        // Of the row as it is by now: of two who set it at once, each has a number of its own.
        version: row('audit_forwarding.version', '+', 1),
      })),
    )
    .execute();
}

/** The entry that was written just now is the first to be forwarded. */
async function findStart(tx: Kysely<InstanceSchema>, from: 'now' | 'beginning'): Promise<number> {
  if (from === 'beginning') return 0;
  const { id } = await tx
    .selectFrom('journal')
    .select('id')
    .where('kind', '=', 'audit.forwarding-changed')
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return id - 1;
}

export interface RemoveForwardingInput {
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether there was one */
export async function removeForwarding(
  { tx }: InstanceTransaction,
  { actor, now }: RemoveForwardingInput,
): Promise<boolean> {
  const before = await findForwarding(tx);
  if (before === undefined) return false;
  await tx.deleteFrom('audit_forwarding').where('name', '=', NAME).execute();
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'audit.forwarding-removed',
    resource: describeTarget(before.target),
    outcome: 'done',
  });
  return true;
}

export interface RecordForwardedInput {
  readonly version: number;
  readonly lastId: number;
  readonly gaps: readonly ForwardingGap[];
  /** Whether something was sent, which the receiver has taken. */
  readonly isSuccess: boolean;
  readonly fence: JobFence;
  readonly now: number;
}

/** Moves on. Nothing happens when the settings have changed meanwhile. */
export async function recordForwarded(context: InstanceTransaction, input: RecordForwardedInput): Promise<void> {
  const { version, lastId, gaps, isSuccess, fence, now } = input;
  await assertJobLease(context, fence, now);
  const success = { failures: 0, last_error: null, failed_at: null, retry_at: null, succeeded_at: now };
  await context.tx
    .updateTable('audit_forwarding')
    .set({ last_id: lastId, gaps: JSON.stringify(gaps), ...(isSuccess ? success : {}) })
    .where('name', '=', NAME)
    .where('version', '=', version)
    .execute();
}

export interface RecordForwardingFailureInput {
  readonly version: number;
  /** For who looks after the instance. */
  readonly message: string;
  readonly retryAt: number;
  readonly fence: JobFence;
  readonly now: number;
}

export async function recordForwardingFailure(
  context: InstanceTransaction,
  { version, message, retryAt, fence, now }: RecordForwardingFailureInput,
): Promise<void> {
  await assertJobLease(context, fence, now);
  await context.tx
    .updateTable('audit_forwarding')
    .set((row) => ({ failures: row('failures', '+', 1), last_error: message, failed_at: now, retry_at: retryAt }))
    .where('name', '=', NAME)
    .where('version', '=', version)
    .execute();
}
