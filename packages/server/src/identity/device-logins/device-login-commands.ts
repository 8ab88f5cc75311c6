import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { createAccessToken } from '../access-tokens/create-access-token.ts';

const MAX_TOKENS_PER_USER = 100;
const MAX_NAME_TRIES = 20;

export interface BeginDeviceLoginInput {
  readonly deviceCodeHash: Buffer;
  readonly userCodeHash: Buffer;
  readonly clientName: string;
  readonly address: string;
  readonly network: string;
  readonly userAgent: string;
  readonly intervalMs: number;
  readonly now: number;
  readonly expiresAt: number;
  /** How many may wait at a time from one network, and in all. */
  readonly maxOfNetwork: number;
  readonly maxInAll: number;
}

/** @returns false when too many wait already, or the code is taken */
export async function beginDeviceLogin({ tx }: InstanceTransaction, input: BeginDeviceLoginInput): Promise<boolean> {
  const { network, now } = input;
  await tx.deleteFrom('device_logins').where('expires_at', '<=', now).execute();
  const count = tx.selectFrom('device_logins').select((row) => row.fn.countAll<number>().as('total'));
  const ofNetwork = await count.where('network', '=', network).executeTakeFirstOrThrow();
  if (Number(ofNetwork.total) >= input.maxOfNetwork) return false;
  if (Number((await count.executeTakeFirstOrThrow()).total) >= input.maxInAll) return false;
  const made = await tx
    .insertInto('device_logins')
    .values({
      device_code_hash: input.deviceCodeHash,
      user_code_hash: input.userCodeHash,
      client_name: input.clientName,
      address: input.address,
      network,
      user_agent: input.userAgent,
      created_at: now,
      expires_at: input.expiresAt,
      interval_ms: input.intervalMs,
      last_polled_at: null,
      state: 'waiting',
      user_id: null,
      token_epoch: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return made !== undefined;
}

export interface DecideDeviceLoginInput {
  readonly userCodeHash: Buffer;
  readonly isApproved: boolean;
  readonly userId: number;
  readonly tokenEpoch: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns false when it does not wait any more: the first decision counts */
export async function decideDeviceLogin(
  { tx }: InstanceTransaction,
  { userCodeHash, isApproved, userId, tokenEpoch, actor, now }: DecideDeviceLoginInput,
): Promise<boolean> {
  const decided = await tx
    .updateTable('device_logins')
    .set({ state: isApproved ? 'approved' : 'denied', user_id: userId, token_epoch: tokenEpoch })
    .where('user_code_hash', '=', userCodeHash)
    .where('state', '=', 'waiting')
    .where('expires_at', '>', now)
    .returning(['client_name', 'address'])
    .executeTakeFirst();
  if (decided === undefined) return false;
  const kind = isApproved ? 'device-login.approved' : 'device-login.denied';
  const detail = { userId, clientName: decided.client_name, clientAddress: decided.address };
  await appendJournal(tx, { at: now, actor, kind, detail });
  return true;
}

export interface SlowDeviceLoginInput {
  readonly id: number;
  readonly stepMs: number;
  readonly maxMs: number;
}

/** A program that asks too soon waits longer from then on (RFC 8628 § 3.5). */
export async function slowDeviceLogin(
  { tx }: InstanceTransaction,
  { id, stepMs, maxMs }: SlowDeviceLoginInput,
): Promise<void> {
  await tx
    .updateTable('device_logins')
    .set((row) => ({ interval_ms: row('interval_ms', '+', stepMs) }))
    .where('id', '=', id)
    .where('interval_ms', '<', maxMs)
    .execute();
}

export interface NotePollInput {
  readonly id: number;
  readonly now: number;
}

export async function noteDevicePoll({ tx }: InstanceTransaction, { id, now }: NotePollInput): Promise<void> {
  await tx.updateTable('device_logins').set({ last_polled_at: now }).where('id', '=', id).execute();
}

export interface RedeemDeviceLoginInput {
  readonly id: number;
  readonly tokenHash: Buffer;
  readonly tokenName: string;
  readonly tokenExpiresAt: number;
  /** Where the program is; it is told of as its user. */
  readonly origin: Omit<Actor, 'principal'>;
  readonly now: number;
}

/**
 * Ends a login that was decided, and makes the token of one that was approved.
 * @returns `gone`: it was redeemed before, or its user may not sign in any more
 */
export async function redeemDeviceLogin(
  context: InstanceTransaction,
  input: RedeemDeviceLoginInput,
): Promise<'granted' | 'denied' | 'gone' | 'too-many-tokens'> {
  const { tx } = context;
  const { id, now, origin } = input;
  const ended = await tx
    .deleteFrom('device_logins')
    .where('id', '=', id)
    .where('state', '<>', 'waiting')
    .where('expires_at', '>', now)
    .returning(['state', 'user_id', 'token_epoch'])
    .executeTakeFirst();
  if (ended === undefined || ended.user_id === null) return 'gone';
  if (ended.state !== 'approved') return 'denied';
  const user = await tx
    .selectFrom('users')
    .select(['id', 'username', 'is_administrator'])
    .where('id', '=', ended.user_id)
    .where('token_epoch', '=', ended.token_epoch)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  if (user === undefined) return 'gone';
  const principal = {
    kind: 'user',
    id: user.id,
    name: user.username,
    isAdministrator: user.is_administrator !== 0,
  } as const;
  const made = await createAccessToken(context, {
    userId: user.id,
    name: await findFreeName(tx, user.id, input.tokenName),
    tokenHash: input.tokenHash,
    permissions: undefined,
    expiresAt: input.tokenExpiresAt,
    maxPerUser: MAX_TOKENS_PER_USER,
    actor: { ...origin, principal },
    now,
  });
  return made.kind === 'created' ? 'granted' : 'too-many-tokens';
}

/** Somebody may sign in from one machine several times a day. */
async function findFreeName(tx: Kysely<InstanceSchema>, userId: number, wanted: string): Promise<string> {
  for (let count = 1; count < MAX_NAME_TRIES; count += 1) {
    const name = count === 1 ? wanted : `${wanted} (${count})`;
    const taken = await tx
      .selectFrom('access_tokens')
      .select('id')
      .where('user_id', '=', userId)
      .where('name', '=', name)
      .executeTakeFirst();
    if (taken === undefined) return name;
  }
  return `${wanted} (more than ${MAX_NAME_TRIES - 1})`;
}
