import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ADMIN_PASSWORD,
  insertPlainUser,
  openTestIdentity,
  type TestIdentity,
} from '../../test/in-process/test-identity.ts';
import { createCredentials } from './credentials.ts';
import { createLoginThrottle } from './login-throttle.ts';
import type { PasswordHasher } from './password-hasher.ts';

const HERE = { address: '192.0.2.1' };

let test: TestIdentity;
beforeEach(async () => {
  test = await openTestIdentity();
});
afterEach(() => test.close());

/** Credentials over a hasher that only counts, so that a test sees when it is asked. */
function createCounted() {
  const verified: string[] = [];
  const hasher: PasswordHasher = {
    hash: async () => 'unused',
    verify: async (password, phc) => {
      verified.push(phc);
      return password === ADMIN_PASSWORD && phc !== 'unmatchable';
    },
    unmatchableHash: () => 'unmatchable',
    close: async () => undefined,
  };
  let serial = 0;
  const credentials = createCredentials({
    users: test.identity.users,
    hasher,
    throttle: createLoginThrottle(test.clock),
    clock: test.clock,
    ids: { hex: (bytes) => (serial++).toString(16).padStart(bytes * 2, '0') },
  });
  return { credentials, verified };
}

describe('basic credentials', () => {
  it('are right for the password only, and tell an unknown user nothing', async () => {
    const { credentials } = test.identity;
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE)).toEqual(test.administrator);
    for (const [username, password] of [
      ['admin', ''],
      ['admin', `${ADMIN_PASSWORD} `],
      ['Admin', ADMIN_PASSWORD],
      ['nobody', ADMIN_PASSWORD],
      ['', ''],
      ['x'.repeat(100_000), ADMIN_PASSWORD],
    ] as const) {
      expect(await credentials.verifyBasic(username, password, HERE)).toBeUndefined();
    }
  });

  it('cost one computation whether the user is unknown, has no password or gave a wrong one', async () => {
    await insertPlainUser(test, 'federated');
    const { credentials, verified } = createCounted();
    for (const username of ['nobody', 'federated', 'admin']) await credentials.verifyBasic(username, 'wrong', HERE);
    expect(verified).toHaveLength(3);
    expect(verified.slice(0, 2)).toEqual(['unmatchable', 'unmatchable']);
  });

  it('are remembered for a minute when right, never when wrong', async () => {
    const { credentials, verified } = createCounted();
    for (let index = 0; index < 5; index += 1) await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    expect(verified).toHaveLength(1);
    test.clock.advance(60_000);
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    expect(verified).toHaveLength(2);
    await credentials.verifyBasic('admin', 'wrong', HERE);
    await credentials.verifyBasic('admin', 'wrong', HERE);
    expect(verified).toHaveLength(4);
  });

  it('share one computation when fifty equal ones come at once', async () => {
    const { credentials, verified } = createCounted();
    const all = await Promise.all(
      Array.from({ length: 50 }, () => credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE)),
    );
    expect(all.every((principal) => principal?.id === test.administrator.id)).toBe(true);
    expect(verified).toHaveLength(1);
  });

  it('are forgotten when the password changes, in another process too', async () => {
    const { credentials } = test.identity;
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    const other = test.createAnother(await test.openAgain());
    await other.users.setPassword({ userId: test.administrator.id, password: 'New-Password-9', actor: test.actor });
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE)).toBeUndefined();
  });

  it('are not looked at after too many wrong ones, while the right one works from elsewhere and from memory', async () => {
    const { credentials, verified } = createCounted();
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    const guesses = await Promise.allSettled(
      Array.from({ length: 1000 }, (_, index) => credentials.verifyBasic('admin', `guess ${index}`, HERE)),
    );
    expect(guesses.filter((guess) => guess.status === 'rejected')).toHaveLength(990);
    expect(verified).toHaveLength(11);
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE)).toBeDefined();
    test.clock.advance(60_000);
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, { address: '198.51.100.1' })).toBeDefined();
  });
});
