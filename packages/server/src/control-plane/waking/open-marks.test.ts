import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestControlPlane, type TestControlPlane } from '../../../test/in-process/test-control-plane.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { createManualClock, type ManualClock } from '../../../test/in-process/test-identity.ts';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { Database } from '../../drivers/database/database.ts';
import { createInstanceRegistry, type InstanceRegistry } from '../instances/instance-registry.ts';
import { forgetHolders } from './forget-holders.ts';
import { LONGEST_SLEEP_MS } from './longest-sleep.ts';
import { OpenMarks } from './open-marks.ts';

const LEASE_MS = 600;
const HOUR_MS = 3_600_000;
const POLL = { timeout: 10_000, interval: 20 };

describe.each(ENGINES)('what processes say of the instances that they have open, on %s:', (engine) => {
  let plane: TestControlPlane;
  let registry: InstanceRegistry;
  let clock: ManualClock;
  let errors: unknown[];
  let created: OpenMarks[];

  beforeAll(async () => {
    plane = await openTestControlPlane(engine);
  });
  afterAll(() => plane?.close());
  beforeEach(async () => {
    clock = createManualClock();
    registry = createInstanceRegistry(plane.database, clock);
    errors = [];
    created = [];
    for (const id of ['a', 'b', 'c']) await registry.createInstance({ id, hosts: [`${id}.example`] });
  });
  afterEach(async () => {
    for (const marks of created) await marks.close();
    await plane.reset();
  });

  /** Those of another process. */
  const open = (options: { works?: boolean; database?: Database<ControlPlaneSchema>; leaseMs?: number } = {}) => {
    const { works = true, database = plane.database, leaseMs = 60_000 } = options;
    const onError = (error: unknown) => errors.push(error);
    const marks = new OpenMarks({ database, clock, holder: randomUUID(), works, onError, leaseMs });
    created.push(marks);
    return marks;
  };
  const dueOf = async (id: string) => (await registry.findInstance(id))?.nextDueAt;
  const at = (instant: number | undefined) => async () => instant;
  const claimedBy = async (marks: OpenMarks, limit = 10) => (await marks.claimDue(limit)).map(({ id }) => id);
  /** A process that dies: from now on it writes nothing. */
  const mortal = () => {
    let isDead = false;
    const database: Database<ControlPlaneSchema> = {
      ...plane.database,
      write: (command) => (isDead ? Promise.reject(new Error('dead')) : plane.database.write(command)),
    };
    Object.defineProperty(database, 'reader', { get: () => plane.database.reader });
    return {
      database,
      die: () => {
        isDead = true;
      },
    };
  };

  it('an instance that closes says when it is due next, and is taken then and not before', async () => {
    const [one, two] = [open(), open()];
    await one.noteOpen('a');
    await one.noteClosed('a', at(clock.now() + HOUR_MS));
    expect(await dueOf('a')).toBe(clock.now() + HOUR_MS);
    expect(await two.findOldestDue()).toBeUndefined();
    expect(await claimedBy(two)).toEqual([]);
    clock.advance(HOUR_MS);
    expect(await two.findOldestDue()).toBe(clock.now());
    expect(await two.claimDue(10)).toEqual([{ id: 'a', dueAt: clock.now(), failures: 0 }]);
  });

  it('nobody sleeps for longer than a week, whatever is known', async () => {
    const marks = open();
    await marks.noteOpen('a');
    await marks.noteClosed('a', at(undefined));
    expect(await dueOf('a')).toBe(clock.now() + LONGEST_SLEEP_MS);
  });

  it('of several who look at the same time one takes an instance', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `many-${String(index).padStart(2, '0')}`);
    for (const id of ids) await registry.createInstance({ id, hosts: [`${id}.example`] });
    clock.advance(2 * LONGEST_SLEEP_MS);
    const takers = [open(), open({ database: await plane.openAgain() }), open({ database: await plane.openAgain() })];
    const taken = await Promise.all(
      takers.map(async (marks) => {
        const all: string[] = [];
        for (let round = 0; round < 20; round += 1) all.push(...(await claimedBy(marks, 3)));
        return all;
      }),
    );
    expect(taken.flat().toSorted()).toEqual(['a', 'b', 'c', ...ids]);
  });

  it('what a living worker has open is not taken; what only answers requests is', async () => {
    const [worker, web, other] = [open(), open({ works: false }), open()];
    await worker.noteOpen('a');
    await web.noteOpen('b');
    clock.advance(2 * LONGEST_SLEEP_MS);
    expect((await claimedBy(other)).toSorted()).toEqual(['b', 'c']);
  });

  it('what a process had open that died is due at once, also when it was asleep for days', async () => {
    for (const works of [true, false]) {
      const { database, die } = mortal();
      const dead = open({ works, database, leaseMs: LEASE_MS });
      await dead.noteOpen('a');
      const next = open();
      await next.adoptOrphans();
      expect(await claimedBy(next)).toEqual([]);
      die();
      await expect
        .poll(async () => {
          await next.adoptOrphans();
          return claimedBy(next);
        }, POLL)
        .toEqual(['a']);
      await next.noteClosed('a', at(undefined));
      expect(await claimedBy(next)).toEqual([]);
    }
    errors = [];
  });

  it('a process that lives keeps what it has open for many leases', async () => {
    const marks = open({ leaseMs: LEASE_MS });
    await marks.noteOpen('a');
    const other = open();
    for (const end = Date.now() + 3 * LEASE_MS; Date.now() < end; ) {
      await other.adoptOrphans();
      expect(await claimedBy(other)).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(errors).toEqual([]);
  });

  it('a process that stood still for so long that others took it for dead enters what it has open anew', async () => {
    const marks = open({ leaseMs: LEASE_MS });
    await marks.noteOpen('a');
    await plane.database.write(async (tx) => {
      await tx.updateTable('instance_holders').set({ expires_at: 1 }).execute();
      await tx.deleteFrom('open_instances').execute();
    });
    const entered = () => plane.database.reader.selectFrom('open_instances').select('instance_id').execute();
    await expect.poll(entered, POLL).toEqual([{ instance_id: 'a' }]);
  });

  it('work that comes while another process closes the instance is not forgotten', async () => {
    const [worker, web] = [open(), open({ works: false })];
    await worker.noteOpen('a');
    let looks = 0;
    const workAt = clock.now() + 5;
    await worker.noteClosed('a', async () => {
      looks += 1;
      if (looks > 1) return workAt;
      // It has looked and found nothing; now somebody gives it work, and says so.
      web.markDue('a');
      await expect
        .poll(
          async () =>
            (await plane.database.reader.selectFrom('instances').select('due_marks').execute()).map(
              ({ due_marks }) => due_marks,
            ),
          POLL,
        )
        .toContain(1);
      return undefined;
    });
    expect(looks).toBe(2);
    expect(await dueOf('a')).toBe(workAt);
  });

  it('work that comes without end makes it due, rather than to be looked for without end', async () => {
    const marks = open();
    await marks.noteOpen('a');
    await marks.noteClosed('a', async () => {
      await plane.database.write((tx) =>
        tx
          .updateTable('instances')
          .set({ due_marks: (Math.random() * 1e9) | 0 })
          .execute(),
      );
      return undefined;
    });
    expect(await dueOf('a')).toBe(clock.now());
  });

  it('a mark makes due what is not, and leaves earlier what is; many at once are few writes', async () => {
    let writes = 0;
    const database: Database<ControlPlaneSchema> = {
      ...plane.database,
      reader: plane.database.reader,
      write: (command) => {
        writes += 1;
        return plane.database.write(command);
      },
    };
    const marks = open({ works: false, database });
    for (let index = 0; index < 1_000; index += 1) for (const id of ['a', 'b']) marks.markDue(id);
    await expect.poll(() => dueOf('b'), POLL).toBe(clock.now());
    expect(await dueOf('a')).toBe(clock.now());
    expect(writes).toBeLessThanOrEqual(2);
    const before = clock.now();
    clock.advance(1_000);
    marks.markDue('a');
    await marks.close();
    expect(await dueOf('a')).toBe(before);
  });

  it('a mark that cannot be written is written later', async () => {
    let failures = 1;
    const database: Database<ControlPlaneSchema> = {
      ...plane.database,
      reader: plane.database.reader,
      write: (command) => (failures-- > 0 ? Promise.reject(new Error('away')) : plane.database.write(command)),
    };
    const marks = open({ works: false, database });
    marks.markDue('a');
    await expect.poll(() => dueOf('a'), POLL).toBe(clock.now());
    expect(errors).toHaveLength(1);
  });

  it('when nobody can tell what an instance has to do, it is looked at in a minute', async () => {
    const marks = open();
    await marks.noteOpen('a');
    await marks.noteClosed('a', async () => {
      throw new Error('the disk is ill');
    });
    expect(await dueOf('a')).toBe(clock.now() + 60_000);
    expect(errors).toHaveLength(1);
  });

  it('a close that cannot be written is made up for, with the instance due', async () => {
    const { database, die } = mortal();
    let isAway = false;
    const flaky: Database<ControlPlaneSchema> = {
      ...database,
      reader: plane.database.reader,
      write: (command) => (isAway ? Promise.reject(new Error('away')) : plane.database.write(command)),
    };
    const marks = open({ database: flaky, leaseMs: LEASE_MS });
    await marks.noteOpen('a');
    isAway = true;
    await marks.noteClosed('a', at(undefined));
    expect(errors.length).toBeGreaterThan(0);
    const other = open();
    isAway = false;
    await expect.poll(() => claimedBy(other), POLL).toEqual(['a']);
    die();
  });

  it('what is destroyed is not woken, and an end that is under way is not disturbed', async () => {
    const marks = open();
    await marks.noteOpen('a');
    await registry.markDestroying('a');
    let looks = 0;
    await marks.noteClosed('a', async () => {
      looks += 1;
      return 0;
    });
    expect(looks).toBe(0);
    await registry.markDestroying('b');
    clock.advance(2 * LONGEST_SLEEP_MS);
    await marks.adoptOrphans();
    expect(await claimedBy(marks)).toEqual(['c']);
    await registry.removeInstance('c');
    expect(await plane.database.reader.selectFrom('open_instances').selectAll().execute()).toEqual([]);
  });

  it('what no version has looked at is looked at once', async () => {
    await plane.database.write((tx) =>
      tx.updateTable('instances').set({ next_due_at: null }).where('id', 'in', ['a', 'b']).execute(),
    );
    const marks = open();
    await marks.adoptOrphans();
    expect(await claimedBy(marks)).toEqual(['a', 'b']);
    for (const id of ['a', 'b']) await marks.noteClosed(id, at(undefined));
    await marks.adoptOrphans();
    expect(await claimedBy(marks)).toEqual([]);
  });

  it('a server that has the data alone knows that nobody of before lives', async () => {
    const { database, die } = mortal();
    const dead = open({ database });
    await dead.noteOpen('a');
    die();
    await forgetHolders(plane.database);
    const marks = open();
    await marks.adoptOrphans();
    expect(await claimedBy(marks)).toEqual(['a']);
  });

  it('counts who sleeps and who is due', async () => {
    const marks = open();
    await marks.noteOpen('a');
    expect(await marks.countSleeping()).toEqual({ asleep: 2, due: 0, oldestDueAt: undefined });
    clock.advance(LONGEST_SLEEP_MS + 5);
    expect(await marks.countSleeping()).toEqual({ asleep: 2, due: 2, oldestDueAt: clock.now() - 5 });
  });
});
