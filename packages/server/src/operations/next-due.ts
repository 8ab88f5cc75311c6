import type { Collector } from '../content/collection/collector.ts';
import { readScrubState } from '../content/scrub/scrub-state.ts';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { isMailOn } from '../mail-queue/queue-mail.ts';
import { DESCRIBE_ARTIFACTS } from './artifacts/describe-artifacts-handler.ts';
import { findNextForwarding } from './audit-events/forwarding/find-next-forwarding.ts';
import { FORWARD_AUDIT } from './audit-events/forwarding/forward-handler.ts';
import { AUDIT_LOG } from './audit-log/audit-log-handler.ts';
import { findNextAudit } from './audit-log/find-next-audit.ts';
import { COLLECT } from './garbage-collection/collection-work.ts';
import { findNextExpiryAt } from './mail/expiries.ts';
import { TELL_OF_EXPIRIES } from './mail/expiry-handler.ts';
import { SEND_MAILS } from './mail/mail-queue-handler.ts';
import { findNextMailAt } from './mail/mail-queue-rows.ts';
import { SHIP_RECORDS } from './recovery/ship-handler.ts';
import { CONTINUOUS_SCRUB } from './scrub/scrub-work.ts';

export interface NextDueDeps {
  readonly database: InstanceDatabase;
  readonly collector: Pick<Collector, 'nextWorkAt'>;
  readonly jobs: Pick<Jobs, 'nextDueAt' | 'listJobs'>;
  /** Those that there are handlers for. */
  readonly kinds: readonly string[];
  /** 0: the scrub does not go on by itself. */
  readonly scrubBytesPerSecond: number;
  readonly scrubRestMs: number;
  /** Whether changes are shipped to the blob storage. */
  readonly ships: boolean;
}

/** The recurring jobs, which are due all the time: whether they would find anything to do is another question. */
const HOUSEKEEPING: ReadonlySet<string> = new Set([
  COLLECT,
  DESCRIBE_ARTIFACTS,
  CONTINUOUS_SCRUB,
  SHIP_RECORDS,
  AUDIT_LOG,
  FORWARD_AUDIT,
  SEND_MAILS,
]);
/** Housekeeping is not urgent: nobody is woken more often than this for it. */
const HOUSEKEEPING_PAUSE_MS = 3_600_000;

/**
 * When the instance has something to do by itself, so that it need not be open before; in the past when it has now, undefined
 * when it never will unless somebody writes to it.
 *
 * What somebody or a schedule asked for counts when it is due, and so does the end of a lease, whose worker may be dead.
 * Housekeeping counts from when it would find something to do, and an hour after its last run at the earliest.
 */
export async function findNextDue(deps: NextDueDeps): Promise<number | undefined> {
  const { jobs, kinds, collector } = deps;
  const instants = [
    await jobs.nextDueAt(kinds.filter((kind) => !HOUSEKEEPING.has(kind))),
    await afterPause(deps, COLLECT, await collector.nextWorkAt()),
    await findNextScrub(deps),
    await findNextShipment(deps),
    await findNextAudit(deps.database, jobs, HOUSEKEEPING_PAUSE_MS),
    await findNextForwarding(deps.database, jobs),
    await findNextMail(deps),
    await findNextExpiry(deps),
  ].filter((instant) => instant !== undefined);
  return instants.length === 0 ? undefined : Math.min(...instants);
}

async function afterPause(
  { jobs }: NextDueDeps,
  kind: string,
  instant: number | undefined,
): Promise<number | undefined> {
  if (instant === undefined) return undefined;
  const [job] = await jobs.listJobs({ kind, isRecurring: true, page: 1, pageSize: 1 });
  if (job === undefined) return instant;
  const { runAfter, endedAt = Number.NEGATIVE_INFINITY } = job;
  return Math.max(instant, runAfter, endedAt + HOUSEKEEPING_PAUSE_MS);
}

/** A round that has begun goes on as soon as its job may; the next one begins after its rest, if anything is stored. */
async function findNextScrub(deps: NextDueDeps): Promise<number | undefined> {
  const { database, jobs, scrubBytesPerSecond, scrubRestMs } = deps;
  if (scrubBytesPerSecond === 0) return undefined;
  const stored = await database.reader.selectFrom('blobs').select('id').limit(1).executeTakeFirst();
  if (stored === undefined) return undefined;
  const { roundStartedAt, lastRoundEndedAt } = await readScrubState(database.reader);
  const [job] = await jobs.listJobs({ kind: CONTINUOUS_SCRUB, isRecurring: true, page: 1, pageSize: 1 });
  const roundAt = roundStartedAt === null && lastRoundEndedAt !== null ? lastRoundEndedAt + scrubRestMs : 0;
  return Math.max(roundAt, job?.runAfter ?? 0);
}

/** What was written by a process that does not work, or not shipped by one that died, is not to wait. */
async function findNextShipment({ database, jobs, ships }: NextDueDeps): Promise<number | undefined> {
  if (!ships) return undefined;
  const noted = await database.reader.selectFrom('row_changes').select('id').limit(1).executeTakeFirst();
  if (noted === undefined) return undefined;
  const [job] = await jobs.listJobs({ kind: SHIP_RECORDS, isRecurring: true, page: 1, pageSize: 1 });
  return job?.runAfter ?? 0;
}

/** What waits is sent when it is due; where mail is off it waits for somebody to switch it on. */
async function findNextMail({ database, jobs }: NextDueDeps): Promise<number | undefined> {
  if (!(await isMailOn(database.reader))) return undefined;
  const nextAt = await findNextMailAt(database.reader);
  const request = await database.reader.selectFrom('password_reset_requests').select('id').limit(1).executeTakeFirst();
  const at = request === undefined ? nextAt : 0;
  if (at === undefined) return undefined;
  const [job] = await jobs.listJobs({ kind: SEND_MAILS, isRecurring: true, page: 1, pageSize: 1 });
  return Math.max(at, job?.runAfter ?? 0);
}

async function findNextExpiry({ database, jobs }: NextDueDeps): Promise<number | undefined> {
  if (!(await isMailOn(database.reader))) return undefined;
  const [job] = await jobs.listJobs({ kind: TELL_OF_EXPIRIES, isRecurring: true, page: 1, pageSize: 1 });
  const runAfter = job?.runAfter ?? 0;
  const nextAt = await findNextExpiryAt(database.reader, runAfter);
  return nextAt === undefined ? undefined : Math.max(nextAt, runAfter);
}
