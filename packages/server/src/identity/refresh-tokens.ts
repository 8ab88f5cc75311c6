import { createHash } from 'node:crypto';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { createRefreshToken } from './create-refresh-token.ts';
import { principalOfUser, type UserPrincipal } from './user.ts';
import { type SelectedUser, toUser, USER_COLUMNS } from './users/user-columns.ts';

/** Tells secret scanners what they found. */
const PREFIX = 'roadstead_refresh_';
const FORM = /^roadstead_refresh_[A-Za-z0-9_-]{43}$/;
const LIFE_MS = 180 * 24 * 3_600_000;
const MAX_PER_USER = 1_000;
const MAX_CLIENT_ID_LENGTH = 200;

/** What docker keeps instead of the password. Stored as hashes; they die with the user and with the password. */
export interface RefreshTokens {
  /** @returns the token, which is shown this once and lives for 180 days */
  issue(input: { readonly user: UserPrincipal; readonly clientId: string }): Promise<string>;
  /** @returns undefined when the token is unknown, over, or from before a password change */
  verify(rawToken: string): Promise<UserPrincipal | undefined>;
}

export interface RefreshTokensDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid' | 'secret'>;
}

const OWNER_OF_TOKEN =
  `select ${USER_COLUMNS} from refresh_tokens ` +
  'join users on users.id = refresh_tokens.user_id and users.token_epoch = refresh_tokens.token_epoch ' +
  'where refresh_tokens.token_hash = ? and refresh_tokens.expires_at > ? and users.disabled_at is null';

export function createRefreshTokens({ database, clock, ids }: RefreshTokensDependencies): RefreshTokens {
  const findOwner = database.prepareRead<SelectedUser>('refresh_token_owner', OWNER_OF_TOKEN);
  return {
    async issue({ user, clientId }) {
      const token = `${PREFIX}${ids.secret()}`;
      const now = clock.now();
      const input = {
        id: ids.uuid(),
        tokenHash: hashOf(token),
        userId: user.id,
        tokenEpoch: user.tokenEpoch,
        clientId: clientId.replaceAll('\0', '').slice(0, MAX_CLIENT_ID_LENGTH),
        now,
        expiresAt: now + LIFE_MS,
        maxPerUser: MAX_PER_USER,
      };
      await database.execute(createRefreshToken, input);
      return token;
    },
    async verify(rawToken) {
      if (!FORM.test(rawToken)) return undefined;
      const [owner] = await findOwner([hashOf(rawToken), clock.now()]);
      return owner === undefined ? undefined : principalOfUser(toUser(owner));
    },
  };
}

/** 256 random bits need no slow hash. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
