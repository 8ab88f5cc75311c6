import { sql } from 'kysely';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { identifierPlaceOf, LINK_LIFE_MS } from '../../identity/account-links/account-link.ts';
import { issuePasswordReset } from '../../identity/account-links/issue-password-reset.ts';
import { prepareLink } from '../../identity/account-links/prepare-link.ts';
import type { Actor, RequestOrigin } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';

export interface ResetRequestDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid' | 'secret'>;
  readonly secrets: Pick<Secrets, 'open' | 'seal'>;
}

const BATCH = 100;

/**
 * Looks who it is that has forgotten a password, which the request itself must not: its answer, and the time that it takes, would
 * tell who has an account.
 */
export async function answerResetRequests(deps: ResetRequestDeps, signal: AbortSignal): Promise<void> {
  const { database, clock } = deps;
  for (;;) {
    const requests = await database.reader
      .selectFrom('password_reset_requests')
      .selectAll()
      .orderBy('created_at')
      .limit(BATCH)
      .execute();
    for (const request of requests) {
      signal.throwIfAborted();
      const identifier = (await deps.secrets.open(identifierPlaceOf(request.id), request.identifier)).toString();
      const origin = JSON.parse(request.origin) as RequestOrigin;
      const actor: Actor = { ...origin, principal: { kind: 'anonymous' } };
      // Who has waited that long has given up: mail was off.
      const isStale = clock.now() - request.created_at > LINK_LIFE_MS['password-reset'];
      const userId = isStale ? undefined : await findAccountId(database, identifier);
      const link = await prepareLink(deps);
      await database.execute(issuePasswordReset, { userId, requestId: request.id, link, actor, now: clock.now() });
    }
    if (requests.length < BATCH) return;
  }
}

/** By its name or its e-mail address: no account has the name or the address of another as either. */
async function findAccountId({ reader }: InstanceDatabase, identifier: string): Promise<number | undefined> {
  // No column has it, and PostgreSQL takes none to compare.
  if (identifier.includes('\0')) return undefined;
  const row = await reader
    .selectFrom('users')
    .select('id')
    .where((user) => user.or([user('username', '=', identifier), sql<boolean>`lower(email) = lower(${identifier})`]))
    .executeTakeFirst();
  return row?.id;
}
