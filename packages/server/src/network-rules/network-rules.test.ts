import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES, openTestDatabase, type TestDatabase } from '../../test/in-process/test-database.ts';
import { createManualClock, type ManualClock } from '../../test/in-process/test-identity.ts';
import { type Actor, systemActor } from '../kernel/actor.ts';
import type { NetworkPurpose } from './network-rule-set.ts';
import { createNetworkRules, type NetworkRules } from './network-rules.ts';

const ACTOR: Actor = {
  principal: { kind: 'user', id: 1, name: 'admin', isAdministrator: true },
  requestId: 'request-1',
  address: '198.51.100.7',
  userAgent: 'test',
};
const OFFICE = '198.51.100.0/24';

describe.each(ENGINES)('the network rules of an instance on %s', (engine) => {
  let test: TestDatabase;
  let clock: ManualClock;
  let rules: NetworkRules;

  beforeEach(async () => {
    test = await openTestDatabase(engine);
    clock = createManualClock();
    rules = createNetworkRules({ database: test.database, clock });
  });
  afterEach(() => test.close());

  const set = (management: readonly string[], registry: readonly string[], isForced = false) =>
    rules.set({ management, registry }, { actor: ACTOR, isForced });
  const isAllowed = async (purpose: NetworkPurpose, address: string, asked = rules) => {
    try {
      await asked.assertAllowed(purpose, address);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'DENIED', status: 403 });
      return false;
    }
  };

  it('let everybody in until somebody makes some', async () => {
    expect(await rules.find()).toEqual({ management: [], registry: [] });
    for (const address of ['203.0.113.9', '2001:db8::9', '', 'nonsense'])
      expect(await isAllowed('management', address)).toBe(true);
  });

  it('are two lists, each for itself', async () => {
    await set([OFFICE], ['203.0.113.0/24', '2001:db8::/32']);
    expect(await isAllowed('management', '198.51.100.200')).toBe(true);
    expect(await isAllowed('management', '203.0.113.9')).toBe(false);
    expect(await isAllowed('registry', '203.0.113.9')).toBe(true);
    expect(await isAllowed('registry', '2001:db8:ffff::1')).toBe(true);
    expect(await isAllowed('registry', '198.51.100.7')).toBe(false);
  });

  it('take no odd notation for an address', async () => {
    await set([OFFICE], ['127.0.0.0/8', 'fe80::/64']);
    expect(await isAllowed('registry', '::ffff:127.0.0.1')).toBe(true);
    expect(await isAllowed('registry', '::ffff:7f00:1')).toBe(true);
    expect(await isAllowed('registry', 'fe80::1%eth0')).toBe(true);
    for (const address of [
      '',
      '127.1',
      '0x7f.0.0.1',
      '0177.0.0.1',
      '2130706433',
      '127.0.0.1:80',
      'localhost',
      '::127.0.0.1',
    ])
      expect(await isAllowed('registry', address), address).toBe(false);
  });

  it('reach another process within two seconds, and cost it one read in that time', async () => {
    const other = createNetworkRules({ database: await test.openAgain(), clock });
    expect(await isAllowed('registry', '203.0.113.9', other)).toBe(true);
    await set([OFFICE], [OFFICE]);
    expect(await isAllowed('registry', '203.0.113.9')).toBe(false);
    expect(other.assertAllowed('registry', '203.0.113.9')).toBeUndefined();
    clock.advance(2_000);
    expect(await isAllowed('registry', '203.0.113.9', other)).toBe(false);
    expect(() => other.assertAllowed('registry', '203.0.113.9')).toThrow('administrators decide');
    // A clock that was set back keeps no rules alive.
    clock.advance(-60_000);
    const again = other.assertAllowed('registry', '203.0.113.9');
    expect(again).toBeInstanceOf(Promise);
    await expect(again).rejects.toThrow('administrators decide');
  });

  it('are not changed by who would be locked out, unless that is wanted', async () => {
    await expect(set(['203.0.113.0/24'], [])).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('198.51.100.7'),
    });
    expect(await rules.find()).toEqual({ management: [], registry: [] });
    await set([], ['203.0.113.0/24']);
    await set(['203.0.113.0/24'], [], true);
    expect(await isAllowed('management', ACTOR.address)).toBe(false);
    await rules.set({ management: [], registry: [] }, { actor: systemActor('admin network-rules'), isForced: true });
    expect(await isAllowed('management', ACTOR.address)).toBe(true);
  });

  it('are noted with what was before', async () => {
    await set([OFFICE], []);
    await set([OFFICE, '203.0.113.4'], ['2001:db8::/32']);
    const entries = await test.database.reader.selectFrom('journal').selectAll().orderBy('id').execute();
    expect(entries.map(({ kind, actor, address }) => [kind, actor, address])).toEqual([
      ['network-rules.updated', 'user:1', ACTOR.address],
      ['network-rules.updated', 'user:1', ACTOR.address],
    ]);
    expect(JSON.parse(entries[1]?.detail ?? '')).toEqual({
      resource: 'network-rules',
      outcome: 'done',
      isForced: false,
      managementBefore: [OFFICE],
      management: [OFFICE, '203.0.113.4'],
      registryBefore: [],
      registry: ['2001:db8::/32'],
    });
  });

  it('that cannot be read let nobody in, and can be replaced', async () => {
    const value = '{"management": "all"}';
    await test.database.write((tx) => tx.insertInto('settings').values({ name: 'network-rules', value }).execute());
    await expect(rules.assertAllowed('registry', ACTOR.address)).rejects.toThrow('management');
    await rules.set({ management: [], registry: [] }, { actor: ACTOR, isForced: true });
    expect(await isAllowed('registry', ACTOR.address)).toBe(true);
  });

  it.each([
    [null, 'is an object'],
    [[], 'is an object'],
    [{ management: [] }, 'has the list registry'],
    [{ management: OFFICE, registry: [] }, 'has the list management'],
    [{ management: [], registry: [], all: true }, 'nothing but'],
    [{ management: [7], registry: [] }, 'the network 1 of management must be a text'],
    [{ management: [], registry: [OFFICE, '10.0.0.1/8'] }, 'the network 2 of registry names an address inside'],
    [{ management: Array.from({ length: 501 }, () => OFFICE), registry: [] }, 'at most 500'],
  ])('are not %j', async (asked, problem) => {
    await expect(rules.set(asked as never, { actor: ACTOR, isForced: true })).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining(problem),
    });
  });
});
