import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestIdentity, type TestIdentity } from '../../../test/in-process/test-identity.ts';
import { systemIds } from '../../kernel/ids.ts';
import { UNHEARD_LOGIN_EVENTS } from '../login-events.ts';
import { createLoginThrottle } from '../login-throttle.ts';
import { MachineLogins } from '../machine-logins.ts';
import { UseNotes } from '../use-notes.ts';
import { createRobotCredentials } from './robot-credentials.ts';

const HERE = { requestId: 'r', address: '192.0.2.1', userAgent: 'test' };
const CHOSEN = 'Chosen-Secret-1';

describe('the secrets of robots', () => {
  let test: TestIdentity;
  beforeEach(async () => {
    test = await openTestIdentity();
  });
  afterEach(() => test.close());

  /** Credentials over a hasher that only counts, so that a test sees when it is asked. */
  function createCounted() {
    const verified: string[] = [];
    const credentials = createRobotCredentials({
      database: test.database,
      settings: async () => ({ robotNamePrefix: 'robot$' }),
      hasher: {
        hash: async () => 'unused',
        close: async () => undefined,
        verify: async (secret, phc) => {
          verified.push(phc);
          return phc !== 'unmatchable' && secret === CHOSEN;
        },
        unmatchableHash: () => 'unmatchable',
      },
      throttle: createLoginThrottle(test.clock),
      events: UNHEARD_LOGIN_EVENTS,
      notes: new UseNotes(test.database, test.clock),
      logins: new MachineLogins(UNHEARD_LOGIN_EVENTS, test.clock),
      clock: test.clock,
      ids: systemIds,
    });
    const verify = async (name: string, secret: string) => {
      const candidate = await credentials.findCandidate(name);
      return candidate === undefined ? undefined : credentials.verify(candidate, secret, HERE);
    };
    return { verify, verified };
  }
  const create = (name: string, secret: string | undefined, isDisabled = false) =>
    test.identity.robots.create({
      ...{ name, secret, isDisabled, project: undefined, description: '', durationDays: 1 },
      ...{ permissions: [], actor: test.actor },
    });

  it('cost one slow computation when they are wrong, whatever is wrong, and none when they were made and are right', async () => {
    const made = await create('made', undefined);
    const off = await create('off', undefined, true);
    await create('chosen', CHOSEN);
    await create('chosen-off', CHOSEN, true);
    const { verify, verified } = createCounted();
    expect(await verify('robot$made', made.secret)).toBeDefined();
    expect(verified).toEqual([]);
    for (const [name, secret] of [
      ['robot$made', 'Wrong-Secret-1'],
      ['robot$off', off.secret],
      ['robot$chosen', 'Wrong-Secret-2'],
      ['robot$chosen-off', CHOSEN],
      ['robot$missing', 'Wrong-Secret-3'],
    ] as const) {
      expect(await verify(name, secret)).toBeUndefined();
      expect([name, verified.splice(0).length]).toEqual([name, 1]);
    }
    expect(await verify('made', made.secret)).toBeUndefined();
    expect(verified).toEqual([]);
  });

  it('that were chosen are remembered for a minute when right, and share one computation when many come at once', async () => {
    const { robot } = await create('chosen', CHOSEN);
    const { verify, verified } = createCounted();
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify('robot$chosen', CHOSEN)));
    expect(answers.map((answer) => answer?.id)).toEqual(Array(50).fill(robot.id));
    await verify('robot$chosen', CHOSEN);
    expect(verified).toHaveLength(1);
    test.clock.advance(60_000);
    await verify('robot$chosen', CHOSEN);
    expect(verified).toHaveLength(2);
    const input = { id: robot.id, overlapSeconds: 0, actor: test.actor };
    await test.identity.robots.rotateSecret({ ...input, secret: 'Another-Secret-2' });
    await verify('robot$chosen', CHOSEN);
    expect(verified).toHaveLength(3);
  });
});
