import { type Kysely, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { IS_RARE_KIND } from '../audit-events/hot-kinds.ts';

/** Somebody whose account is gone, as the journal knows him. */
export interface FormerUser {
  readonly userId: number;
  /** The principals that were him: his account, and its access tokens. */
  readonly actors: readonly string[];
}

/** Kinds whose entries may be about an account, whoever wrote them. That an account was deleted is told without a name. */
const KINDS_ABOUT_USERS: readonly string[] = [
  'access-token.created',
  'access-token.revoked',
  'device-login.approved',
  'device-login.denied',
  'group.member-added',
  'group.member-removed',
  'login.failed',
  'login.refused',
  'member.added',
  'member.removed',
  'member.updated',
  'passkey.renamed',
  'recovery-code.used',
  'recovery-codes.replaced',
  'second-factor.enrolled',
  'second-factor.refused',
  'second-factor.removed',
  'session.revoked',
  'user.administrator-changed',
  'user.created',
  'user.disabled',
  'user.enabled',
  'user.groups-set',
  'user.password-changed',
  'user.updated',
];

/** Tokens go with the account: who had which is in the journal alone. */
export async function findFormerUser(db: Kysely<InstanceSchema>, userId: number): Promise<FormerUser> {
  const rows = await db
    .selectFrom('journal')
    .select('detail')
    .where('kind', '=', 'access-token.created')
    .where(sql<boolean>`${sql.raw(IS_RARE_KIND)}`)
    .execute();
  const details = rows.map(({ detail }) => JSON.parse(detail) as AccountDetail & { readonly accessTokenId?: number });
  const tokens = details.filter((detail) => detail.userId === userId);
  return { userId, actors: [`user:${userId}`, ...tokens.map(({ accessTokenId }) => `access-token:${accessTokenId}`)] };
}

/** Of the ids behind `after`, up to `last`: what he did, and what names him. */
export async function listPersonalEntries(
  db: Kysely<InstanceSchema>,
  { userId, actors }: FormerUser,
  after: number,
  last: number,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('journal')
    .select(['id', 'actor', 'detail'])
    .where('id', '>', after)
    .where('id', '<=', last)
    .where((row) => row.or([row('actor', 'in', actors), row('kind', 'in', KINDS_ABOUT_USERS)]))
    .orderBy('id')
    .execute();
  return rows.filter(({ actor, detail }) => actors.includes(actor) || isAbout(detail, userId)).map(({ id }) => id);
}

interface AccountDetail {
  readonly resource?: string;
  readonly userId?: number;
  /** Of a member: JSON again. */
  readonly before?: unknown;
  readonly after?: unknown;
}

function isAbout(text: string, userId: number): boolean {
  const detail = JSON.parse(text) as AccountDetail;
  if (detail.userId === userId || detail.resource === `user:${userId}`) return true;
  return [detail.before, detail.after].some((member) => {
    if (typeof member !== 'string' || !member.startsWith('{')) return false;
    return (JSON.parse(member) as AccountDetail).userId === userId;
  });
}
