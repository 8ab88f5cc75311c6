import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { SecretsEnvelope } from '../kernel/secrets-envelope.ts';
import { type Credentials, createCredentials } from './credentials.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { createPasswordHasher, type PasswordHasher } from './password-hasher.ts';
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts';
import { createRegistryTokens, type RegistryTokens } from './registry-tokens.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createUsers, type Users } from './users.ts';

/** Who may sign in to one instance, and the tokens that say so. */
export interface Identity {
  readonly users: Users;
  readonly credentials: Credentials;
  readonly tokens: RegistryTokens;
  readonly refreshTokens: RefreshTokens;
  readonly signingKeys: SigningKeys;
  /** Ends the password threads that are its own. The database is the caller's. */
  close(): Promise<void>;
}

export interface IdentityDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The instance's own: its signing keys rest sealed. */
  readonly envelope: SecretsEnvelope;
  readonly instanceId: string;
  /** Shared by the instances of a process and closed by its owner; without it the identity has one of its own. */
  readonly passwordHasher?: PasswordHasher | undefined;
  /** Threads of its own hasher. Default 1. */
  readonly passwordWorkers?: number | undefined;
  /** How long registry tokens live. Default: 30 minutes. */
  readonly tokenTtlSeconds?: number | undefined;
}

export function createIdentity(dependencies: IdentityDependencies): Identity {
  const { database, clock, ids, envelope, instanceId } = dependencies;
  const { passwordHasher, passwordWorkers } = dependencies;
  const hasher = passwordHasher ?? createPasswordHasher({ ids, workers: passwordWorkers });
  const users = createUsers({ database, clock, hasher });
  const signingKeys = createSigningKeys({ database, clock, ids, envelope });
  return {
    users,
    signingKeys,
    credentials: createCredentials({ users, hasher, throttle: createLoginThrottle(clock), clock, ids }),
    tokens: createRegistryTokens({
      signingKeys,
      users,
      clock,
      ids,
      instanceId,
      defaultTtlSeconds: dependencies.tokenTtlSeconds,
    }),
    refreshTokens: createRefreshTokens({ database, clock, ids }),
    async close() {
      if (passwordHasher === undefined) await hasher.close();
    },
  };
}
