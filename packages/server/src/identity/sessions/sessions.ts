import { createHash } from 'node:crypto';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { AccessSettings } from '../access-settings.ts';
import { principalOfUser, type UserPrincipal } from '../user.ts';
import { type SelectedUser, toUser, USER_COLUMNS } from '../users/user-columns.ts';
import { createSession } from './create-session.ts';
import { csrfTokenOf } from './csrf-token.ts';
import { endSession } from './end-session.ts';
import type { NewSession } from './insert-session.ts';
import { revokeSessions } from './revoke-sessions.ts';
import { touchSession } from './touch-session.ts';

/** However much it is used, a session ends then. */
export const MAX_SESSION_MINUTES = 7 * 24 * 60;

const MAX_PER_USER = 100;
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const MAX_TOUCH_INTERVAL_MS = 60_000;
const MAX_USER_AGENT_LENGTH = 256;

/** Browsers that are signed in. Kept in the database, looked up with each request, so that what is revoked ends at once. */
export interface Sessions {
  /**
   * Signs a browser in under a new secret, whatever it showed before.
   * @param input.replaces the secret that it showed, whose session ends
   * @param input.providerId the login provider that it is opened by; undefined: a password here
   */
  open(input: {
    readonly user: UserPrincipal;
    readonly from: SessionOrigin;
    readonly replaces: string | undefined;
    readonly providerId?: string | undefined;
  }): Promise<OpenedSession>;
  /** A session that somebody else inserts, in the transaction of what it is for. */
  prepare(userId: number, from: SessionOrigin): { readonly row: NewSession; readonly opened: OpenedSession };
  /** @returns undefined when the secret is none of ours, unused for too long, too old, or its user may not sign in any more */
  verify(secret: string): Promise<VerifiedSession | undefined>;
  /** The one used last comes first. */
  list(userId: number): Promise<readonly Session[]>;
  /** Signs out. */
  end(id: string): Promise<void>;
  /** @returns whether the user had that session */
  revoke(userId: number, id: string, actor: Actor): Promise<boolean>;
  /** @returns how many have ended */
  revokeAll(userId: number, actor: Actor, exceptId?: string): Promise<number>;
}

/** Where a session was opened. */
export type SessionOrigin = Pick<Actor, 'address' | 'userAgent'>;

export interface OpenedSession {
  readonly id: string;
  /** For the cookie: shown this once. */
  readonly secret: string;
  readonly csrfToken: string;
}

export interface VerifiedSession {
  readonly id: string;
  readonly principal: UserPrincipal;
  readonly csrfToken: string;
  /** The login provider that it was opened by. */
  readonly providerId?: string;
}

export interface Session {
  readonly id: string;
  readonly address: string;
  readonly userAgent: string;
  readonly createdAt: number;
  /** At most a minute behind. */
  readonly lastUsedAt: number;
  /** If it is not used until then, or used all the time. */
  readonly expiresAt: number;
}

export interface SessionsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid' | 'secret'>;
  readonly settings: () => Promise<AccessSettings>;
}

interface SelectedSession extends SelectedUser {
  readonly session_id: string;
  readonly last_used_at: number;
  readonly provider_id: string | null;
}

const OWNER_OF_SESSION =
  `select sessions.id as session_id, sessions.last_used_at, sessions.provider_id, ${USER_COLUMNS} from sessions ` +
  'join users on users.id = sessions.user_id and users.token_epoch = sessions.token_epoch ' +
  'where sessions.token_hash = ? and sessions.expires_at > ? and users.disabled_at is null';

export function createSessions(dependencies: SessionsDependencies): Sessions {
  return new DatabaseSessions(dependencies);
}

class DatabaseSessions implements Sessions {
  readonly #dependencies: SessionsDependencies;
  readonly #findOwner: (values: readonly [Buffer, number]) => Promise<readonly SelectedSession[]>;

  constructor(dependencies: SessionsDependencies) {
    this.#dependencies = dependencies;
    this.#findOwner = dependencies.database.prepareRead('session_owner', OWNER_OF_SESSION);
  }

  async open({ user, from, replaces, providerId }: Parameters<Sessions['open']>[0]): Promise<OpenedSession> {
    const { row, opened } = this.prepare(user.id, from);
    const replacesHash = replaces !== undefined && SECRET.test(replaces) ? hashOf(replaces) : undefined;
    const session = { ...row, providerId };
    const input = { session, tokenEpoch: user.tokenEpoch, replacesHash, maxPerUser: MAX_PER_USER };
    await this.#dependencies.database.execute(createSession, input);
    return opened;
  }

  prepare(userId: number, { address, userAgent }: SessionOrigin) {
    const { clock, ids } = this.#dependencies;
    const secret = ids.secret();
    const now = clock.now();
    const row: NewSession = {
      id: ids.uuid(),
      tokenHash: hashOf(secret),
      userId,
      address,
      userAgent: userAgent.replaceAll('\0', '').slice(0, MAX_USER_AGENT_LENGTH),
      now,
      expiresAt: now + MAX_SESSION_MINUTES * 60_000,
    };
    return { row, opened: { id: row.id, secret, csrfToken: csrfTokenOf(secret) } };
  }

  async verify(secret: string): Promise<VerifiedSession | undefined> {
    if (!SECRET.test(secret)) return undefined;
    const { clock, database } = this.#dependencies;
    const now = clock.now();
    const [row] = await this.#findOwner([hashOf(secret), now]);
    if (row === undefined) return undefined;
    const timeoutMs = await this.#timeoutMs();
    const idleMs = now - row.last_used_at;
    if (idleMs >= timeoutMs) return undefined;
    if (idleMs >= Math.min(MAX_TOUCH_INTERVAL_MS, timeoutMs / 4)) {
      await database.execute(touchSession, { id: row.session_id, now }, 'crash');
    }
    const session = { id: row.session_id, principal: principalOfUser(toUser(row)), csrfToken: csrfTokenOf(secret) };
    return row.provider_id === null ? session : { ...session, providerId: row.provider_id };
  }

  async list(userId: number): Promise<readonly Session[]> {
    const { clock, database } = this.#dependencies;
    const now = clock.now();
    const timeoutMs = await this.#timeoutMs();
    const rows = await database.reader
      .selectFrom('sessions')
      .innerJoin('users', (join) =>
        join.onRef('users.id', '=', 'sessions.user_id').onRef('users.token_epoch', '=', 'sessions.token_epoch'),
      )
      .select(['sessions.id', 'address', 'user_agent', 'sessions.created_at', 'last_used_at', 'expires_at'])
      .where('user_id', '=', userId)
      .where('expires_at', '>', now)
      .where('last_used_at', '>', now - timeoutMs)
      .orderBy('last_used_at', 'desc')
      .orderBy('sessions.id')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      address: row.address,
      userAgent: row.user_agent,
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at,
      expiresAt: Math.min(row.expires_at, row.last_used_at + timeoutMs),
    }));
  }

  async end(id: string): Promise<void> {
    await this.#dependencies.database.execute(endSession, { id });
  }

  async revoke(userId: number, id: string, actor: Actor): Promise<boolean> {
    const { database, clock } = this.#dependencies;
    const input = { userId, id, exceptId: undefined, actor, now: clock.now() };
    return (await database.execute(revokeSessions, input)) > 0;
  }

  async revokeAll(userId: number, actor: Actor, exceptId?: string): Promise<number> {
    const { database, clock } = this.#dependencies;
    return database.execute(revokeSessions, { userId, id: undefined, exceptId, actor, now: clock.now() });
  }

  async #timeoutMs(): Promise<number> {
    const { sessionTimeoutMinutes } = await this.#dependencies.settings();
    return sessionTimeoutMinutes * 60_000;
  }
}

/** 256 random bits need no slow hash. */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
