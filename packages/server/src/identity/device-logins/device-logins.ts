import { createHash } from 'node:crypto';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import { clientNetworkOf } from '../../kernel/ip-address.ts';
import { generateAccessToken, hashAccessToken } from '../access-tokens/access-token-form.ts';
import type { LoginThrottle } from '../login-throttle.ts';
import type { UserPrincipal } from '../user.ts';
import type { BegunLogin, Poll, WaitingLogin } from './device-login.ts';
import {
  beginDeviceLogin,
  decideDeviceLogin,
  noteDevicePoll,
  redeemDeviceLogin,
  slowDeviceLogin,
} from './device-login-commands.ts';
import { generateUserCode, hashUserCode, readUserCode } from './user-code.ts';

const LIFETIME_MS = 10 * 60_000;
const INTERVAL_MS = 5_000;
/** RFC 8628 § 3.5: what a question adds that comes too soon. Past the greatest interval nothing is written for it. */
const SLOW_DOWN_MS = 5_000;
const MAX_INTERVAL_MS = 60_000;
const MAX_OF_NETWORK = 20;
const MAX_IN_ALL = 10_000;
const TOKEN_LIFETIME_MS = 90 * 24 * 3_600_000;
const MAX_NAME_LENGTH = 60;
const MAX_USER_AGENT_LENGTH = 200;
const DEVICE_CODE = /^[A-Za-z0-9_-]{43}$/;

export interface DeviceLoginsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex' | 'secret'>;
  readonly throttle: LoginThrottle;
}

/** Lets programs in that have no browser, by somebody who is signed in with one (RFC 8628). */
export class DeviceLogins {
  readonly #deps: DeviceLoginsDependencies;

  constructor(dependencies: DeviceLoginsDependencies) {
    this.#deps = dependencies;
  }

  /** @throws ProductError TOO_MANY_REQUESTS when too many wait already */
  async begin(clientName: string, origin: Actor): Promise<BegunLogin> {
    const { database, clock, ids } = this.#deps;
    const deviceCode = ids.secret();
    const userCode = generateUserCode(ids);
    const now = clock.now();
    const isBegun = await database.execute(beginDeviceLogin, {
      deviceCodeHash: hashDeviceCode(deviceCode),
      userCodeHash: hashUserCode(userCode),
      clientName: readable(clientName, MAX_NAME_LENGTH),
      address: origin.address,
      network: clientNetworkOf(origin.address),
      userAgent: readable(origin.userAgent, MAX_USER_AGENT_LENGTH),
      intervalMs: INTERVAL_MS,
      now,
      expiresAt: now + LIFETIME_MS,
      maxOfNetwork: MAX_OF_NETWORK,
      maxInAll: MAX_IN_ALL,
    });
    if (isBegun) {
      return { deviceCode, userCode, expiresInSeconds: LIFETIME_MS / 1_000, intervalSeconds: INTERVAL_MS / 1_000 };
    }
    throw new ProductError('TOO_MANY_REQUESTS', 'too many logins wait already: finish one, or wait for ten minutes', {
      retryAfterSeconds: LIFETIME_MS / 1_000,
    });
  }

  /**
   * What waits under a code that somebody has typed. Wrong codes count like wrong passwords.
   * @throws ProductError NOT_FOUND, TOO_MANY_REQUESTS
   */
  async find(user: UserPrincipal, typed: string, origin: Actor): Promise<WaitingLogin> {
    const { database, clock, throttle } = this.#deps;
    const attempt = throttle.begin(codeTriesOf(user.id), origin.address);
    const userCode = readUserCode(typed);
    if (userCode === undefined) throw noSuchCode();
    const row = await database.reader
      .selectFrom('device_logins')
      .select(['client_name', 'address', 'user_agent', 'created_at', 'expires_at'])
      .where('user_code_hash', '=', hashUserCode(userCode))
      .where('state', '=', 'waiting')
      .where('expires_at', '>', clock.now())
      .executeTakeFirst();
    if (row === undefined) throw noSuchCode();
    // Earlier failures stay: else a code of one's own would give the tries back.
    attempt.cancel();
    return {
      userCode,
      clientName: row.client_name,
      address: row.address,
      userAgent: row.user_agent,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    };
  }

  /** @throws ProductError NOT_FOUND (it does not wait any more), TOO_MANY_REQUESTS */
  async decide(user: UserPrincipal, typed: string, isApproved: boolean, actor: Actor): Promise<WaitingLogin> {
    const found = await this.find(user, typed, actor);
    const isDecided = await this.#deps.database.execute(decideDeviceLogin, {
      userCodeHash: hashUserCode(found.userCode),
      isApproved,
      userId: user.id,
      tokenEpoch: user.tokenEpoch,
      actor,
      now: this.#deps.clock.now(),
    });
    if (!isDecided) throw noSuchCode();
    return found;
  }

  /** A program asks whether it was let in. */
  async poll(deviceCode: string, { principal: _, ...origin }: Actor): Promise<Poll> {
    if (!DEVICE_CODE.test(deviceCode)) return { kind: 'unknown' };
    const { database, clock } = this.#deps;
    const now = clock.now();
    const row = await database.reader
      .selectFrom('device_logins')
      .leftJoin('users', 'users.id', 'device_logins.user_id')
      .select(['device_logins.id', 'expires_at', 'interval_ms', 'last_polled_at', 'state', 'client_name', 'username'])
      .where('device_code_hash', '=', hashDeviceCode(deviceCode))
      .executeTakeFirst();
    if (row === undefined) return { kind: 'unknown' };
    if (row.expires_at <= now) return { kind: 'expired' };
    if (row.last_polled_at !== null && now - row.last_polled_at < row.interval_ms) {
      const slower = { id: row.id, stepMs: SLOW_DOWN_MS, maxMs: MAX_INTERVAL_MS };
      if (row.interval_ms < MAX_INTERVAL_MS) await database.execute(slowDeviceLogin, slower);
      return { kind: 'slow-down' };
    }
    if (row.state === 'waiting') {
      await database.execute(noteDevicePoll, { id: row.id, now });
      return { kind: 'pending' };
    }
    return this.#redeem({ id: row.id, clientName: row.client_name, username: row.username ?? '' }, origin, now);
  }

  async #redeem(
    { id, clientName, username }: { readonly id: number; readonly clientName: string; readonly username: string },
    origin: Omit<Actor, 'principal'>,
    now: number,
  ): Promise<Poll> {
    const { database, ids } = this.#deps;
    const token = generateAccessToken(ids);
    const outcome = await database.execute(redeemDeviceLogin, {
      id,
      tokenHash: hashAccessToken(token),
      tokenName: `login on ${clientName || 'a machine'} ${new Date(now).toISOString().slice(0, 10)}`,
      tokenExpiresAt: now + TOKEN_LIFETIME_MS,
      origin,
      now,
    });
    if (outcome === 'granted') return { kind: 'granted', token, username, expiresInSeconds: TOKEN_LIFETIME_MS / 1_000 };
    return { kind: outcome === 'gone' ? 'expired' : outcome };
  }
}

/** No account has such a name, since databases hold no NUL. */
function codeTriesOf(userId: number): string {
  return `\0device codes of ${userId}`;
}

/** 256 random bits need no slow hash. */
function hashDeviceCode(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}

/** A stranger's own words, on a page and in a name: nothing that hides or turns text. */
function readable(text: string, maxLength: number): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .slice(0, maxLength)
    .toWellFormed()
    .replaceAll('\ufffd', '')
    .trim();
}

function noSuchCode(): ProductError {
  return new ProductError('NOT_FOUND', 'no login waits under this code: it was mistyped, decided, or is over');
}
