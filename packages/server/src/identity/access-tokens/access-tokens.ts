import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor, RequestOrigin } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';
import type { PermissionBlock } from '../../kernel/permission.ts';
import type { MachineLogins } from '../machine-logins.ts';
import type { UseNotes } from '../use-notes.ts';
import { ACCESS_TOKEN_COLUMNS, type AccessToken, type AccessTokenPrincipal, toAccessToken } from './access-token.ts';
import { generateAccessToken, hashAccessToken, isAccessToken } from './access-token-form.ts';
import { createAccessToken } from './create-access-token.ts';
import { deleteAccessToken } from './delete-access-token.ts';

/** How long another process may still honour what was revoked here. */
const MAX_STALE_MS = 2_000;
const MAX_REMEMBERED = 10_000;
const MAX_PER_USER = 100;
const MAX_NAME_LENGTH = 100;
const MAX_DAYS = 3_650;
const DAY_MS = 24 * 3_600_000;

export interface NewAccessToken {
  readonly userId: number;
  readonly name: string;
  /** Undefined: it does not end by itself. */
  readonly expiresInDays: number | undefined;
  readonly permissions: readonly PermissionBlock[] | undefined;
  readonly actor: Actor;
}

/** The access tokens of one instance's users, stored as hashes. Who may do it is the caller's to ask. */
export interface AccessTokens {
  /** The user's, by name. */
  list(userId: number): Promise<readonly AccessToken[]>;
  /**
   * @returns also the token itself, which is shown this once
   * @throws ProductError BAD_REQUEST (name, life), CONFLICT (the name is taken), PRECONDITION (too many)
   */
  create(input: NewAccessToken): Promise<{ readonly token: AccessToken; readonly secret: string }>;
  /**
   * @param input.userId whose it has to be; undefined: anybody's
   * @returns whether there was such a token
   */
  revoke(input: { readonly id: number; readonly userId: number | undefined; readonly actor: Actor }): Promise<boolean>;
  /**
   * @param from the request that it came with
   * @param username what it came with, too, if it did: its owner's
   * @returns undefined when the token is unknown, over or not that user's, or its owner may not sign in
   */
  verify(rawToken: string, from: RequestOrigin, username?: string): Promise<AccessTokenPrincipal | undefined>;
  /** Whom a token stands for, as of at most two seconds ago; undefined as for `verify`. */
  findRecent(id: number): Promise<AccessTokenPrincipal | undefined>;
}

export interface AccessTokensDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'secret'>;
  readonly notes: UseNotes;
  readonly logins: MachineLogins;
}

interface SelectedHolder {
  readonly id: number;
  readonly expires_at: number | null;
  readonly user_id: number;
  readonly username: string;
  readonly is_administrator: number;
  readonly token_epoch: number;
}

/** Whoever is disabled, or has to choose a new password first, has no tokens meanwhile. */
const HOLDERS =
  'select access_tokens.id, access_tokens.expires_at, users.id as user_id, users.username, users.is_administrator, ' +
  'users.token_epoch from access_tokens join users on users.id = access_tokens.user_id ' +
  'where users.disabled_at is null and users.must_change_password = 0 and ';

export function createAccessTokens(dependencies: AccessTokensDependencies): AccessTokens {
  return new DatabaseAccessTokens(dependencies);
}

class DatabaseAccessTokens implements AccessTokens {
  readonly #deps: AccessTokensDependencies;
  readonly #byHash: (values: readonly [Buffer]) => Promise<readonly SelectedHolder[]>;
  readonly #byId: (values: readonly [number]) => Promise<readonly SelectedHolder[]>;
  readonly #recent = onFirstUse(
    () => new LRUCache<number, { readonly holder: SelectedHolder; readonly readAt: number }>({ max: MAX_REMEMBERED }),
  );

  constructor(dependencies: AccessTokensDependencies) {
    this.#deps = dependencies;
    const { database } = dependencies;
    this.#byHash = database.prepareRead('access_token_by_hash', `${HOLDERS}access_tokens.token_hash = ?`);
    this.#byId = database.prepareRead('access_token_by_id', `${HOLDERS}access_tokens.id = ?`);
  }

  async list(userId: number): Promise<readonly AccessToken[]> {
    const rows = await this.#deps.database.reader
      .selectFrom('access_tokens')
      .select(ACCESS_TOKEN_COLUMNS)
      .where('user_id', '=', userId)
      .orderBy('name')
      .execute();
    return rows.map(toAccessToken);
  }

  async create(input: NewAccessToken): Promise<{ readonly token: AccessToken; readonly secret: string }> {
    const { userId, name, expiresInDays, permissions, actor } = input;
    assertName(name);
    assertLife(expiresInDays);
    const { database, clock, ids } = this.#deps;
    const secret = generateAccessToken(ids);
    const now = clock.now();
    const result = await database.execute(createAccessToken, {
      userId,
      name,
      tokenHash: hashAccessToken(secret),
      permissions,
      expiresAt: expiresInDays === undefined ? undefined : now + expiresInDays * DAY_MS,
      maxPerUser: MAX_PER_USER,
      actor,
      now,
    });
    if (result.kind === 'created') return { token: result.token, secret };
    throw result.kind === 'name-taken'
      ? new ProductError('CONFLICT', 'you have an access token of this name already')
      : new ProductError('PRECONDITION', `you have ${MAX_PER_USER} access tokens already: revoke some first`);
  }

  async revoke(input: Parameters<AccessTokens['revoke']>[0]): Promise<boolean> {
    const { database, clock } = this.#deps;
    const wasThere = await database.execute(deleteAccessToken, { ...input, now: clock.now() });
    if (wasThere) this.#recent().delete(input.id);
    return wasThere;
  }

  async verify(rawToken: string, origin: RequestOrigin, username?: string): Promise<AccessTokenPrincipal | undefined> {
    if (!isAccessToken(rawToken)) return undefined;
    const { notes, logins } = this.#deps;
    const [holder] = await this.#byHash([hashAccessToken(rawToken)]);
    const principal = this.#toPrincipal(holder);
    if (principal === undefined || (username !== undefined && username !== principal.name)) {
      logins.failed({ origin, account: principal });
      return undefined;
    }
    logins.succeeded({ origin, account: principal });
    notes.note('access_tokens', principal.id);
    return principal;
  }

  async findRecent(id: number): Promise<AccessTokenPrincipal | undefined> {
    const readAt = this.#deps.clock.now();
    const known = this.#recent().get(id);
    if (known !== undefined && readAt - known.readAt < MAX_STALE_MS) return this.#toPrincipal(known.holder);
    const [holder] = await this.#byId([id]);
    if (holder === undefined) this.#recent().delete(id);
    else this.#recent().set(id, { holder, readAt });
    return this.#toPrincipal(holder);
  }

  #toPrincipal(holder: SelectedHolder | undefined): AccessTokenPrincipal | undefined {
    if (holder === undefined) return undefined;
    if (holder.expires_at !== null && holder.expires_at <= this.#deps.clock.now()) return undefined;
    return {
      kind: 'access-token',
      id: holder.id,
      userId: holder.user_id,
      name: holder.username,
      isAdministrator: holder.is_administrator !== 0,
      tokenEpoch: holder.token_epoch,
    };
  }
}

function assertName(name: string): void {
  const isGood = name.length <= MAX_NAME_LENGTH && name.trim() === name && name !== '' && !/\p{C}/u.test(name);
  if (isGood) return;
  throw new ProductError(
    'BAD_REQUEST',
    `name: 1 to ${MAX_NAME_LENGTH} characters that can be seen, without blanks around them`,
  );
}

function assertLife(days: number | undefined): void {
  if (days === undefined || (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS)) return;
  throw new ProductError('BAD_REQUEST', `expiresInDays: 1 to ${MAX_DAYS}; without it the token does not end by itself`);
}
