import type { InstanceSchema } from '../db/instance/schema.ts';
import type { Database } from '../drivers/database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { SecretsEnvelope } from '../kernel/secrets-envelope.ts';
import { type Credentials, createCredentials } from './credentials.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { createPasswordHasher } from './password-hasher.ts';
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
  /** Ends the password threads. The database is the caller's. */
  close(): Promise<void>;
}

export interface IdentityDependencies {
  readonly database: Database<InstanceSchema>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The instance's own: its signing keys rest sealed. */
  readonly envelope: SecretsEnvelope;
  readonly instanceId: string;
  /** Threads that hash passwords. Default 1. */
  readonly passwordWorkers?: number | undefined;
}

export function createIdentity(dependencies: IdentityDependencies): Identity {
  const { database, clock, ids, envelope, instanceId } = dependencies;
  const hasher = createPasswordHasher({ ids, workers: dependencies.passwordWorkers });
  const users = createUsers({ database, clock, hasher });
  const signingKeys = createSigningKeys({ database, clock, ids, envelope });
  return {
    users,
    signingKeys,
    credentials: createCredentials({ users, hasher, throttle: createLoginThrottle(clock), clock, ids }),
    tokens: createRegistryTokens({ signingKeys, users, clock, ids, instanceId }),
    refreshTokens: createRefreshTokens({ database, clock, ids }),
    close: () => hasher.close(),
  };
}
