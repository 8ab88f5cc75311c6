import type { Kysely, Selectable } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { MailQueueRow } from '../../db/instance/mail-rows.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import type { Notice } from '../../mail-queue/notice.ts';

/** A mail that waits. Instants are milliseconds UTC. */
export interface QueuedMail {
  readonly id: number;
  readonly notice: Notice;
  readonly userId: number;
  readonly username: string;
  readonly address: string;
  readonly language: string | null;
  readonly linkId: string | null;
  readonly attempts: number;
  readonly createdAt: number;
}

/** Of how many mails their ends are kept for whoever looks after them. */
export const KEPT_MS = 7 * 24 * 3_600_000;
const FORGET_BATCH = 1_000;

export async function findDueMails(
  db: Kysely<InstanceSchema>,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<readonly QueuedMail[]> {
  const rows = await db
    .selectFrom('mail_queue')
    .innerJoin('users', 'users.id', 'mail_queue.user_id')
    .selectAll('mail_queue')
    .select('users.username')
    .where('status', '=', 'waiting')
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .orderBy('mail_queue.id')
    .limit(limit)
    .execute();
  return rows.map(toMail);
}

/** When the next mail is due; undefined when none waits. */
export async function findNextMailAt(db: Kysely<InstanceSchema>): Promise<number | undefined> {
  const row = await db
    .selectFrom('mail_queue')
    .select('next_at')
    .where('status', '=', 'waiting')
    .orderBy('next_at')
    .limit(1)
    .executeTakeFirst();
  return row?.next_at;
}

/** How many mails an address was sent since then. */
export async function countSentTo(db: Kysely<InstanceSchema>, address: string, since: number): Promise<number> {
  const { count } = await db
    .selectFrom('mail_queue')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('address', '=', address)
    .where('ended_at', '>', since)
    .where('status', '=', 'sent')
    .executeTakeFirstOrThrow();
  return Number(count);
}

interface OfMail {
  readonly id: number;
  readonly fence: JobFence;
  readonly now: number;
}

/** Before it is sent: who dies while it is sent leaves it to be tried again at `retryAt`, and no sooner. */
export async function beginMailAttempt(
  context: InstanceTransaction,
  { id, retryAt, fence, now }: OfMail & { readonly retryAt: number },
): Promise<boolean> {
  await assertJobLease(context, fence, now);
  const begun = await context.tx
    .updateTable('mail_queue')
    .set((row) => ({ attempts: row('attempts', '+', 1), next_at: retryAt }))
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .returning('id')
    .executeTakeFirst();
  return begun !== undefined;
}

/** Puts it off without a try. */
export async function postponeMail(
  context: InstanceTransaction,
  { id, retryAt, fence, now }: OfMail & { readonly retryAt: number },
): Promise<void> {
  await assertJobLease(context, fence, now);
  await context.tx.updateTable('mail_queue').set({ next_at: retryAt }).where('id', '=', id).execute();
}

export interface EndMailAttemptInput extends OfMail {
  /** `waiting`: it is tried again when it was to be. */
  readonly status: 'sent' | 'failed' | 'waiting';
  readonly error: string | null;
}

export async function endMailAttempt(
  context: InstanceTransaction,
  { id, status, error, fence, now }: EndMailAttemptInput,
): Promise<void> {
  await assertJobLease(context, fence, now);
  const { tx } = context;
  const ended = await tx
    .updateTable('mail_queue')
    .set({ status, last_error: error, ended_at: status === 'waiting' ? null : now })
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .returning('link_id')
    .executeTakeFirst();
  if (status === 'waiting' || ended?.link_id == null) return;
  // From here on nobody but who has got the mail can have it.
  await tx.updateTable('account_links').set({ token: null }).where('id', '=', ended.link_id).execute();
}

/** Forgets mails that ended before then, and links that are over. @returns whether there may be more */
export async function forgetEndedMails(
  { tx }: InstanceTransaction,
  { endedBefore, now }: { readonly endedBefore: number; readonly now: number },
): Promise<boolean> {
  await tx.deleteFrom('account_links').where('expires_at', '<=', now).execute();
  const ended = tx
    .selectFrom('mail_queue')
    .select('id')
    .where('status', '<>', 'waiting')
    .where('ended_at', '<', endedBefore)
    .limit(FORGET_BATCH);
  const gone = await tx.deleteFrom('mail_queue').where('id', 'in', ended).returning('id').execute();
  return gone.length === FORGET_BATCH;
}

/** Whether there is something to forget. */
export async function isAnythingOver(
  db: Kysely<InstanceSchema>,
  { endedBefore, now }: { readonly endedBefore: number; readonly now: number },
): Promise<boolean> {
  const mail = db
    .selectFrom('mail_queue')
    .select('kind as what')
    .where('status', '<>', 'waiting')
    .where('ended_at', '<', endedBefore)
    .limit(1);
  const link = db.selectFrom('account_links').select('purpose as what').where('expires_at', '<=', now).limit(1);
  return (await mail.executeTakeFirst()) !== undefined || (await link.executeTakeFirst()) !== undefined;
}

/** How the queue is. */
export interface MailQueueStatus {
  readonly waiting: number;
  readonly sent: number;
  readonly failed: number;
  /** Of the oldest that waits; null: none does. */
  readonly waitingSince: number | null;
  /** Of the newest that went wrong, the newest first. */
  readonly lastErrors: readonly MailFailure[];
}

export interface MailFailure {
  readonly kind: string;
  readonly isGivenUp: boolean;
  readonly attempts: number;
  readonly error: string;
  readonly queuedAt: number;
}

const SHOWN_ERRORS = 20;

export async function readMailQueue(db: Kysely<InstanceSchema>): Promise<MailQueueStatus> {
  const counts = await db
    .selectFrom('mail_queue')
    .select((row) => ['status' as const, row.fn.countAll<number>().as('count'), row.fn.min('created_at').as('since')])
    .groupBy('status')
    .execute();
  const of = (status: string) => Number(counts.find((each) => each.status === status)?.count ?? 0);
  const failures = await db
    .selectFrom('mail_queue')
    .select(['kind', 'status', 'attempts', 'last_error', 'created_at'])
    .where('last_error', 'is not', null)
    .orderBy('id', 'desc')
    .limit(SHOWN_ERRORS)
    .execute();
  return {
    waiting: of('waiting'),
    sent: of('sent'),
    failed: of('failed'),
    waitingSince: counts.find(({ status }) => status === 'waiting')?.since ?? null,
    lastErrors: failures.map((row) => ({
      kind: row.kind,
      isGivenUp: row.status === 'failed',
      attempts: row.attempts,
      error: row.last_error ?? '',
      queuedAt: row.created_at,
    })),
  };
}

function toMail(row: Selectable<MailQueueRow> & { readonly username: string }): QueuedMail {
  return {
    id: row.id,
    notice: { kind: row.kind, ...(JSON.parse(row.parameters) as object) } as Notice,
    userId: row.user_id,
    username: row.username,
    address: row.address,
    language: row.language,
    linkId: row.link_id,
    attempts: row.attempts,
    createdAt: row.created_at,
  };
}
