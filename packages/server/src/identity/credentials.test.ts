import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ADMIN_PASSWORD,
  insertPlainUser,
  openTestIdentity,
  type TestIdentity,
} from '../../test/in-process/test-identity.ts';
import { principalKey } from '../kernel/principal.ts';
import { createCredentials } from './credentials.ts';
import type { LoginTry } from './login-events.ts';
import { createLoginThrottle } from './login-throttle.ts';
import type { PasswordHasher } from './password-hasher.ts';

const HERE = { address: '192.0.2.1', requestId: 'request-1', userAgent: 'test' };

let test: TestIdentity;
beforeEach(async () => {
  test = await openTestIdentity();
});
afterEach(() => test.close());

/** Credentials over a hasher that only counts, so that a test sees when it is asked. */
function createCounted(onPlace: (place: unknown) => void = () => undefined) {
  const verified: string[] = [];
  const told: string[] = [];
  const tell = (what: string) => (login: LoginTry) => {
    const account = login.account === undefined ? 'unknown' : principalKey(login.account);
    told.push(`${what} ${account} ${login.origin.requestId}`);
  };
  const hasher: PasswordHasher = {
    hash: async () => 'unused',
    verify: async (password, phc, place) => {
      verified.push(phc);
      onPlace(place);
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
    events: { succeeded: tell('succeeded'), failed: tell('failed'), refused: tell('refused') },
    clock: test.clock,
    ids: { hex: (bytes) => (serial++).toString(16).padStart(bytes * 2, '0') },
  });
  return { credentials, verified, told };
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

  it('are remembered for a minute when right, and for ten when wrong', async () => {
    const { credentials, verified } = createCounted();
    for (let index = 0; index < 5; index += 1) await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    expect(verified).toHaveLength(1);
    test.clock.advance(60_000);
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    expect(verified).toHaveLength(2);
    for (const username of ['admin', 'nobody']) {
      for (let index = 0; index < 50; index += 1) {
        expect(await credentials.verifyBasic(username, 'wrong', HERE)).toBeUndefined();
      }
    }
    expect(verified).toHaveLength(4);
    test.clock.advance(600_000);
    expect(await credentials.verifyBasic('admin', 'wrong', HERE)).toBeUndefined();
    expect(verified).toHaveLength(5);
  });

  it('are remembered for one network: what is known there helps nobody elsewhere', async () => {
    const { credentials, verified } = createCounted();
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, {
      requestId: 'r',
      userAgent: 'test',
      address: '192.0.2.77',
    });
    expect(verified).toHaveLength(1);
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, {
      requestId: 'r',
      userAgent: 'test',
      address: '198.51.100.1',
    });
    expect(verified).toHaveLength(2);
  });

  it('are not locked out by a job beside them that goes on with one wrong password', async () => {
    const { credentials } = createCounted();
    for (let index = 0; index < 1_000; index += 1) {
      expect(await credentials.verifyBasic('admin', 'the old one', HERE)).toBeUndefined();
    }
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE)).toBeDefined();
  });

  it('that were right there within a day have tries of their own where others have used up theirs', async () => {
    const { credentials } = createCounted();
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    const spray = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => credentials.verifyBasic(`user${index}`, 'Password1', HERE)),
    );
    expect(spray.filter(({ status }) => status === 'rejected')).toHaveLength(100);
    test.clock.advance(61_000);
    for (let index = 0; index < 30; index += 1) {
      await credentials.verifyBasic(`user${index}`, 'Password2', HERE).catch(() => undefined);
    }
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE)).toBeDefined();
    await expect(credentials.verifyBasic('somebody', ADMIN_PASSWORD, HERE)).rejects.toMatchObject({ status: 429 });
  });

  it('that are remembered are no oracle: a hundred guesses, and then only tries count', async () => {
    const { credentials, verified } = createCounted();
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    const guess = (from: number, count: number) =>
      Promise.allSettled(
        Array.from({ length: count }, (_, index) => credentials.verifyBasic('admin', `guess ${from + index}`, HERE)),
      );
    await guess(0, 20);
    expect(verified).toHaveLength(21);
    await guess(100, 99);
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE)).toBeDefined();
    await guess(200, 2);
    await expect(credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE)).rejects.toMatchObject({ status: 429 });
    expect(verified).toHaveLength(21);
    expect(
      await credentials.verifyBasic('admin', ADMIN_PASSWORD, {
        requestId: 'r',
        userAgent: 'test',
        address: '198.51.100.1',
      }),
    ).toBeDefined();
  });

  it('wait by what is known of where they come from', async () => {
    const waited: unknown[] = [];
    const { credentials } = createCounted((place) => waited.push(place));
    await credentials.verifyBasic('admin', 'wrong', HERE);
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    test.clock.advance(60_000);
    await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE);
    await credentials.verifyBasic('nobody', 'wrong', { requestId: 'r', userAgent: 'test', address: '198.51.100.1' });
    expect(waited).toEqual([
      { standing: 'unknown', account: 'admin' },
      { standing: 'failing', account: 'admin' },
      { standing: 'proven', account: 'admin' },
      { standing: 'unknown', account: 'nobody' },
    ]);
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
      Array.from({ length: 100 }, (_, index) => credentials.verifyBasic('admin', `guess ${index}`, HERE)),
    );
    // Ten tries that everybody has, and ten of an account that has signed in there.
    expect(guesses.filter((guess) => guess.status === 'rejected')).toHaveLength(80);
    expect(verified).toHaveLength(21);
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, HERE)).toBeDefined();
    test.clock.advance(60_000);
    expect(await credentials.verifyBasic('admin', ADMIN_PASSWORD, { ...HERE, address: '198.51.100.1' })).toBeDefined();
  });

  it('are told of once for each time that a password is looked at, and when it is not, without what was typed', async () => {
    const { credentials, told } = createCounted();
    const account = `user:${test.administrator.id}`;
    const from = (requestId: string) => ({ ...HERE, requestId });
    for (const id of ['1', '2']) await credentials.verifyBasic('admin', ADMIN_PASSWORD, from(id));
    await credentials.verifyBasic('admin', 'Canary-1', from('3'));
    await credentials.verifyBasic('Canary-2', 'Canary-3', from('4'));
    await Promise.all(['5', '6'].map((id) => credentials.verifyBasic('admin', 'Canary-4', from(id))));
    expect(told.splice(0)).toEqual([
      `succeeded ${account} 1`,
      `failed ${account} 3`,
      'failed unknown 4',
      `failed ${account} 5`,
    ]);
    for (let index = 0; index < 20; index += 1) {
      await credentials.verifyBasic('admin', `Canary ${index}`, from('7')).catch(() => undefined);
    }
    expect(told.filter((text) => text === `refused ${account} 7`)).toHaveLength(2);
    expect(told.join()).not.toContain('Canary');
  });
});
