import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { PermissionBlock } from '../../kernel/permission.ts';
import { ACCESS_TOKEN_COLUMNS, type AccessToken, toAccessToken } from './access-token.ts';

export interface CreateAccessTokenInput {
  readonly userId: number;
  readonly name: string;
  readonly tokenHash: Buffer;
  readonly permissions: readonly PermissionBlock[] | undefined;
  readonly expiresAt: number | undefined;
  /** How many a user may have. */
  readonly maxPerUser: number;
  readonly actor: Actor;
  readonly now: number;
}

export type CreateAccessTokenResult =
  | { readonly kind: 'created'; readonly token: AccessToken }
  | { readonly kind: 'name-taken' }
  | { readonly kind: 'too-many' };

export async function createAccessToken(
  { tx }: InstanceTransaction,
  input: CreateAccessTokenInput,
): Promise<CreateAccessTokenResult> {
  const { userId, name, actor, now } = input;
  const { held } = await tx
    .selectFrom('access_tokens')
    .select((row) => row.fn.countAll<number>().as('held'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  if (Number(held) >= input.maxPerUser) return { kind: 'too-many' };
  const permissions = input.permissions === undefined ? null : JSON.stringify(input.permissions);
  const row = await tx
    .insertInto('access_tokens')
    .values({
      user_id: userId,
      name,
      token_hash: input.tokenHash,
      permissions,
      expires_at: input.expiresAt ?? null,
      last_used_at: null,
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['user_id', 'name']).doNothing())
    .returning(ACCESS_TOKEN_COLUMNS)
    .executeTakeFirst();
  if (row === undefined) return { kind: 'name-taken' };
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'access-token.created',
    resource: name,
    outcome: 'done',
    detail: {
      accessTokenId: row.id,
      userId,
      ...(permissions === null ? {} : { permissions }),
      ...(input.expiresAt === undefined ? {} : { expiresAt: input.expiresAt }),
    },
  });
  return { kind: 'created', token: toAccessToken(row) };
}
