import { type Kysely, sql } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import type { ExpiringThing } from '../../mail-queue/notice.ts';
import { queueMail } from '../../mail-queue/queue-mail.ts';

export const DAY_MS = 24 * 3_600_000;
/** So many days before something ends its people are told, if it was made longer before than that. */
const NOTICE_DAYS = [14, 3] as const;
/** Of each kind, in one transaction. */
const BATCH = 200;

type Reader = Kysely<InstanceSchema>;

interface Expiring extends ExpiringThing {
  readonly id: number;
  /** The owner of an access token. */
  readonly userId: number | null;
  /** Of a robot; null: one of the whole registry. */
  readonly projectId: number | null;
}

/** Whether a row ends some time, lived longer than so many days when it was made, and was not told of at so many days before. */
function isUntold(table: 'access_tokens' | 'robots', kind: ExpiringThing['what'], days: number) {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  const end = column('expires_at');
  return sql<boolean>`${end} is not null and ${end} - ${column('created_at')} > ${days * DAY_MS} and not exists (
    select days from expiry_notices where subject_kind = ${kind} and days = ${days}
    and subject_id = ${column('id')} and expiry_notices.expires_at = ${end})`;
}

function selectTokens(db: Reader, days: number) {
  return db.selectFrom('access_tokens').where(isUntold('access_tokens', 'access-token', days));
}

function selectRobots(db: Reader, days: number) {
  return db
    .selectFrom('robots')
    .where('robots.disabled_at', 'is', null)
    .where(isUntold('robots', 'robot', days));
}

/** When the next thing comes so near to its end that somebody is to be told, in milliseconds UTC; undefined: nothing does. */
export async function findNextExpiryAt(db: Reader, now: number): Promise<number | undefined> {
  const instants: number[] = [];
  for (const days of NOTICE_DAYS) {
    const tokens = selectTokens(db, days).where('access_tokens.expires_at', '>', now);
    const robots = selectRobots(db, days).where('robots.expires_at', '>', now);
    const token = await tokens.select('access_tokens.expires_at as at').orderBy('at').limit(1).executeTakeFirst();
    const robot = await robots.select('robots.expires_at as at').orderBy('at').limit(1).executeTakeFirst();
    for (const found of [token, robot]) if (found?.at != null) instants.push(found.at - days * DAY_MS);
  }
  return instants.length === 0 ? undefined : Math.min(...instants);
}

async function findExpiring(db: Reader, days: number, now: number): Promise<readonly Expiring[]> {
  const until = now + days * DAY_MS;
  const tokens = await selectTokens(db, days)
    .select(['id', 'user_id', 'name', 'expires_at'])
    .where('access_tokens.expires_at', '>', now)
    .where('access_tokens.expires_at', '<=', until)
    .orderBy('id')
    .limit(BATCH)
    .execute();
  const robots = await selectRobots(db, days)
    .select(['id', 'full_name', 'project_id', 'expires_at'])
    .where('robots.expires_at', '>', now)
    .where('robots.expires_at', '<=', until)
    .orderBy('id')
    .limit(BATCH)
    .execute();
  return [
    ...tokens.map((row) => ({
      ...{ what: 'access-token' as const, id: row.id, name: row.name, expiresAt: row.expires_at ?? 0 },
      ...{ userId: row.user_id, projectId: null },
    })),
    ...robots.map((row) => ({
      ...{ what: 'robot' as const, id: row.id, name: row.full_name, expiresAt: row.expires_at ?? 0 },
      ...{ userId: null, projectId: row.project_id },
    })),
  ];
}

/** The certificate that the server shows; instants are milliseconds UTC. */
export interface ServerCertificate {
  /** The host that it is for. */
  readonly name: string;
  readonly beginsAt: number;
  readonly expiresAt: number;
}

export interface TellOfExpiriesInput {
  readonly fence: JobFence;
  readonly now: number;
  /** undefined: somebody else's, in front of the server. */
  readonly certificate: ServerCertificate | undefined;
}

/**
 * Queues mails about what ends soon: to the owner of an access token, to the administrators of a robot's project, and for robots of the
 * whole registry to its administrators, as about the server's certificate; each thing once at each distance, in one mail for each of
 * them.
 * @returns whether there may be more
 */
export async function tellOfExpiries(
  context: InstanceTransaction,
  { fence, now, certificate }: TellOfExpiriesInput,
): Promise<boolean> {
  await assertJobLease(context, fence, now);
  const { tx } = context;
  await tx.deleteFrom('expiry_notices').where('expires_at', '<', now).execute();
  const told = new Map<number, Map<string, ExpiringThing>>();
  let isMore = false;
  // The nearer first: what is told of at 3 days need not be told of at 14.
  for (const days of NOTICE_DAYS.toReversed()) {
    const expiring = await findExpiring(tx, days, now);
    isMore ||= expiring.length >= BATCH;
    const ending = await findEnding(tx, certificate, days, now);
    for (const each of [...expiring, ...ending]) {
      const { what, name, expiresAt } = each;
      await noteTold(tx, each, days);
      for (const userId of await findKeepers(tx, each)) {
        const things = told.get(userId) ?? new Map<string, ExpiringThing>();
        told.set(userId, things.set(`${what}:${each.id}`, { what, name, expiresAt }));
      }
    }
  }
  for (const [userId, things] of told) {
    const notice = { kind: 'expires-soon', things: [...things.values()] } as const;
    await queueMail(tx, { userId, notice, now });
  }
  return isMore;
}

/** There is one certificate at a time, and another one ends at another time. */
const CERTIFICATE_ID = 0;

async function findEnding(
  tx: Reader,
  certificate: ServerCertificate | undefined,
  days: number,
  now: number,
): Promise<readonly Expiring[]> {
  if (certificate === undefined) return [];
  const { name, beginsAt, expiresAt } = certificate;
  if (expiresAt <= now || expiresAt > now + days * DAY_MS || expiresAt - beginsAt <= days * DAY_MS) return [];
  const told = await tx
    .selectFrom('expiry_notices')
    .select('days')
    .where('subject_kind', '=', 'certificate')
    .where('subject_id', '=', CERTIFICATE_ID)
    .where('expires_at', '=', expiresAt)
    .where('days', '=', days)
    .executeTakeFirst();
  if (told !== undefined) return [];
  return [{ what: 'certificate', id: CERTIFICATE_ID, name, expiresAt, userId: null, projectId: null }];
}

async function noteTold(tx: Reader, { what, id, expiresAt }: Expiring, days: number): Promise<void> {
  const noted = NOTICE_DAYS.filter((each) => each >= days);
  await tx
    .insertInto('expiry_notices')
    .values(noted.map((each) => ({ subject_kind: what, subject_id: id, expires_at: expiresAt, days: each })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Who can do something about it. */
async function findKeepers(tx: Reader, { userId, projectId }: Expiring): Promise<readonly number[]> {
  if (userId !== null) return [userId];
  if (projectId === null) {
    const administrators = await tx.selectFrom('users').select('id').where('is_administrator', '=', 1).execute();
    return administrators.map(({ id }) => id);
  }
  const members = tx
    .selectFrom('project_members')
    .where('project_id', '=', projectId)
    .where('role', '=', 'projectAdmin')
    .where('repositories', '=', '');
  const people = await members.select('user_id as id').where('user_id', 'is not', null).execute();
  const groups = await members
    .innerJoin('user_group_members', 'user_group_members.group_id', 'project_members.group_id')
    .select('user_group_members.user_id as id')
    .execute();
  return [...new Set([...people, ...groups].flatMap(({ id }) => id ?? []))];
}
