import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSharedTestDatabase, type SharedTestDatabase } from '../../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { createManualClock, type ManualClock } from '../../../test/in-process/test-identity.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { LoginTry } from '../../identity/login-events.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ANONYMOUS, type Principal } from '../../kernel/principal.ts';
import { type AuditEvents, openAuditEvents } from './audit-events.ts';

const ANN: Principal = { kind: 'user', id: 7, name: 'ann', isAdministrator: false };
const ORIGIN = { requestId: 'request-1', address: '192.0.2.1', userAgent: 'docker/29' };
const ACTOR: Actor = { principal: ANN, ...ORIGIN };
const PULL = { actor: ACTOR, projectId: 3, repository: 'library/app', digest: 'sha256:00', tag: 'v1' };

describe.each(ENGINES)('the events of the audit log on %s', (engine) => {
  let test: SharedTestDatabase;
  let clock: ManualClock;
  let errors: unknown[];
  let opened: AuditEvents[];

  beforeAll(async () => {
    test = await openSharedTestDatabase(engine, ['journal', 'settings', 'row_changes']);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.reset();
    clock = createManualClock();
    errors = [];
    opened = [];
  });
  afterEach(async () => {
    for (const each of opened) await each.close();
  });

  async function open(
    options: { readonly database?: InstanceDatabase; readonly maxWaiting?: number; readonly flushMs?: number } = {},
  ): Promise<AuditEvents> {
    const onError = (error: unknown) => errors.push(error);
    // No timer of its own, unless a test asks for one.
    const events = await openAuditEvents({ database: test.database, clock, flushMs: 3_600_000, onError, ...options });
    opened.push(events);
    return events;
  }

  async function entries() {
    const rows = await test.database.reader.selectFrom('journal').selectAll().orderBy('id').execute();
    return rows.map(({ detail, ...row }) => ({ ...row, ...(JSON.parse(detail) as Record<string, unknown>) }));
  }

  it('are sign-ins with actor, account, address, user agent and request', async () => {
    const events = await open();
    // An origin may be the actor of the request, who is nobody before the password was looked at.
    events.succeeded({ origin: { ...ACTOR, principal: ANONYMOUS }, account: ANN } as LoginTry & { account: Principal });
    events.failed({ origin: ORIGIN, account: ANN });
    events.failed({ origin: ORIGIN, account: undefined });
    await events.flush();
    const origin = { request_id: 'request-1', address: '192.0.2.1', user_agent: 'docker/29', at: clock.now() };
    expect(await entries()).toMatchObject([
      { ...origin, kind: 'login.succeeded', actor: 'user:7', resource: 'user:7', outcome: 'done' },
      { ...origin, kind: 'login.failed', actor: 'anonymous', resource: 'user:7', outcome: 'refused' },
      { ...origin, kind: 'login.failed', actor: 'anonymous', resource: 'unknown', outcome: 'refused' },
    ]);
  });

  it('are written by themselves soon, and at the close', async () => {
    const events = await open({ flushMs: 5 });
    events.succeeded({ origin: ORIGIN, account: ANN });
    await expect.poll(entries, { timeout: 10_000 }).toHaveLength(1);
    const other = await open();
    other.succeeded({ origin: ORIGIN, account: ANN });
    other.refused({ origin: ORIGIN, account: ANN });
    await other.close();
    expect((await entries()).map(({ kind }) => kind)).toEqual(['login.succeeded', 'login.succeeded', 'login.refused']);
  });

  it('count refused sign-ins by account and network, once in ten seconds', async () => {
    const events = await open();
    for (let second = 0; second < 25; second += 1) {
      for (let index = 0; index < 1_000; index += 1) {
        const address = `192.0.2.${index % 200}`;
        events.refused({ origin: { ...ORIGIN, address }, account: index % 2 === 0 ? ANN : undefined });
      }
      await events.flush();
      clock.advance(1_000);
    }
    await events.close();
    const rows = await entries();
    expect(rows).toHaveLength(6);
    expect(rows[0]).toMatchObject({
      kind: 'login.refused',
      actor: 'anonymous',
      resource: 'user:7',
      outcome: 'refused',
      network: '192.0.2.0/24',
      count: 5_500,
    });
    expect(rows.reduce((sum, row) => sum + Number('count' in row ? row.count : 0), 0)).toBe(25_000);
    expect(new Set(rows.map((row) => ('resource' in row ? row.resource : '')))).toEqual(new Set(['user:7', 'unknown']));
  });

  it('stay few when refused sign-ins come from everywhere', async () => {
    const events = await open();
    for (let index = 0; index < 50_000; index += 1) {
      const address = `198.${index % 250}.${Math.floor(index / 250)}.1`;
      events.refused({ origin: { ...ORIGIN, address }, account: undefined });
    }
    await events.close();
    const rows = await entries();
    expect(rows).toHaveLength(101);
    expect(rows.at(-1)).toMatchObject({ resource: 'several', network: 'several', count: 49_900, address: '' });
  });

  describe('of pulls', () => {
    it('are recorded where the instance is set to, which is an entry itself', async () => {
      const events = await open();
      events.pulled(PULL);
      await events.setSettings({ recordsPulls: true }, ACTOR);
      events.pulled(PULL);
      events.pulled({ ...PULL, tag: undefined });
      await events.flush();
      expect(await entries()).toMatchObject([
        { kind: 'audit.settings-changed', actor: 'user:7', recordsPulls: true, recordsPullsBefore: false },
        { kind: 'manifest.pulled', project_id: 3, repository: 'library/app', digest: 'sha256:00', tag: 'v1' },
        { kind: 'manifest.pulled', project_id: 3, repository: 'library/app', digest: 'sha256:00', tag: null },
      ]);
      expect(await (await open()).settings()).toEqual({ recordsPulls: true });
    });

    it('begin and end in another process within seconds', async () => {
      const [here, there] = [await open(), await open({ flushMs: 5 })];
      await here.setSettings({ recordsPulls: true }, ACTOR);
      clock.advance(5_000);
      const count = async () => (await entries()).filter(({ kind }) => kind === 'manifest.pulled').length;
      const pullThere = async () => {
        there.pulled(PULL);
        return count();
      };
      await expect.poll(pullThere, { timeout: 10_000 }).toBeGreaterThan(0);
      await here.setSettings({ recordsPulls: false }, ACTOR);
      clock.advance(5_000);
      there.pulled(PULL);
      await there.flush();
      const recorded = await count();
      there.pulled(PULL);
      await there.flush();
      expect(await count()).toBe(recorded);
    });

    it('are written in batches, in their order', async () => {
      let commands = 0;
      const database: InstanceDatabase = {
        ...test.database,
        execute: (command, input) => {
          commands += 1;
          return test.database.execute(command, input);
        },
      };
      const events = await open({ database });
      await events.setSettings({ recordsPulls: true }, ACTOR);
      for (let index = 0; index < 1_200; index += 1) events.pulled({ ...PULL, tag: `v${index}` });
      await events.flush();
      const tags = (await entries()).flatMap((row) => ('tag' in row ? [row.tag] : []));
      expect(tags).toEqual(Array.from({ length: 1_200 }, (_, index) => `v${index}`));
      expect(commands).toBeLessThanOrEqual(4);
    });
  });

  it('that find no room are counted, and told of by an entry once the database answers', async () => {
    let isAway = true;
    const database: InstanceDatabase = {
      ...test.database,
      execute: (command, input) => {
        if (isAway) return Promise.reject(new Error('the database is away'));
        return test.database.execute(command, input);
      },
    };
    const events = await open({ database, maxWaiting: 20 });
    for (let index = 0; index < 50; index += 1) events.failed({ origin: ORIGIN, account: undefined });
    await events.flush();
    expect(events.figures()).toEqual({ lostEntries: 30, waitingEntries: 20 });
    expect(errors).toMatchObject([{ message: 'the database is away' }]);
    isAway = false;
    await events.flush();
    const rows = await entries();
    expect(rows.map(({ kind }) => kind)).toEqual([...Array<string>(20).fill('login.failed'), 'audit.gap']);
    expect(rows.at(-1)).toMatchObject({ actor: 'system:audit', outcome: 'lost', lost: 30, since: clock.now() });
    expect(events.figures()).toEqual({ lostEntries: 30, waitingEntries: 0 });
    isAway = true;
    events.failed({ origin: ORIGIN, account: undefined });
    await events.close();
    expect(String(errors.at(-1))).toContain('1 entries of the audit log could not be written');
  });
});
