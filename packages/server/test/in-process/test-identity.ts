import { randomBytes } from 'node:crypto';
import type { InstanceDatabase } from '../../src/db/instance/instance-database.ts';
import { createIdentity, type Identity } from '../../src/identity/identity.ts';
import { principalOfUser, type UserPrincipal } from '../../src/identity/user.ts';
import type { Actor } from '../../src/kernel/actor.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { createEgressGuard, type EgressGuard } from '../../src/kernel/egress-guard.ts';
import { systemIds } from '../../src/kernel/ids.ts';
import { type Engine, openTestDatabase, type TestDatabase } from './test-database.ts';
import { createTestSecrets } from './test-envelope.ts';

export const ADMIN_PASSWORD = 'Correct-Horse-7';
export const START_MS = Date.UTC(2030, 0, 1);

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  advance(milliseconds: number): void;
}

export function createManualClock(): ManualClock {
  let now = START_MS;
  return {
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}

export interface TestIdentity extends TestDatabase {
  readonly identity: Identity;
  readonly clock: ManualClock;
  readonly instanceId: string;
  /** The user `admin`. */
  readonly administrator: UserPrincipal;
  readonly actor: Actor;
  /** The identity of the same instance in another process. */
  createAnother(database: InstanceDatabase): Identity;
}

/** A whole identity on a real database, with the administrator `admin`. */
export async function openTestIdentity(
  engine: Engine = 'sqlite',
  instanceId = 'test',
  guard: Pick<EgressGuard, 'fetch' | 'lookup'> = createEgressGuard({ allow: [] }),
): Promise<TestIdentity> {
  const testDatabase = await openTestDatabase(engine);
  const clock = createManualClock();
  const secrets = createTestSecrets(randomBytes(32), instanceId);
  const created: Identity[] = [];
  const createAnother = (database: InstanceDatabase) => {
    const identity = createIdentity({ database, clock, ids: systemIds, secrets, instanceId, guard });
    created.push(identity);
    return identity;
  };
  const identity = createAnother(testDatabase.database);
  await identity.users.ensureAdministrator('admin', ADMIN_PASSWORD);
  const user = await identity.users.findByName('admin');
  if (user === undefined) throw new Error('the administrator was not made');
  const administrator = principalOfUser(user);
  return {
    ...testDatabase,
    identity,
    clock,
    instanceId,
    administrator,
    actor: { principal: administrator, requestId: 'request-1', address: '192.0.2.1', userAgent: 'test' },
    createAnother,
    async close() {
      for (const each of created) await each.close();
      await testDatabase.close();
    },
  };
}

/** A user who is not an administrator and has no password: whoever needs none need not wait for its hash. */
export async function insertPlainUser(test: TestIdentity, name: string): Promise<UserPrincipal> {
  await test.database.write((tx) =>
    tx
      .insertInto('users')
      .values({
        username: name,
        password_hash: null,
        is_administrator: 0,
        token_epoch: 1,
        created_at: START_MS,
        updated_at: START_MS,
      })
      .execute(),
  );
  const user = await test.identity.users.findByName(name);
  if (user === undefined) throw new Error('the user was not made');
  return principalOfUser(user);
}
