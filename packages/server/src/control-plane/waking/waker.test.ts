import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestControlPlane, type TestControlPlane } from '../../../test/in-process/test-control-plane.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { createManualClock, type ManualClock } from '../../../test/in-process/test-identity.ts';
import { createInstancePool, type InstancePool } from '../instances/instance-pool.ts';
import { createInstanceRegistry, type InstanceRegistry } from '../instances/instance-registry.ts';
import { LONGEST_SLEEP_MS } from './longest-sleep.ts';
import { OpenMarks } from './open-marks.ts';
import { createWaker, type Waker, type WakerOptions, type WorkingInstance } from './waker.ts';

const POLL = { timeout: 10_000, interval: 10 };

/** What an instance of these tests has to do. */
interface Work {
  /** Resolves when its work is done. */
  run(): Promise<void>;
  nextDueAt(): number | undefined;
}

interface Node {
  readonly pool: InstancePool<WorkingInstance>;
  readonly waker: Waker;
  readonly marks: OpenMarks;
  close(): Promise<void>;
}

describe.each(ENGINES)('a node that wakes sleeping instances on %s', (engine) => {
  let plane: TestControlPlane;
  let registry: InstanceRegistry;
  let clock: ManualClock;
  let nodes: Node[];
  let events: string[];
  let failures: string[];
  let latenesses: number[];
  let works: Map<string, Work>;
  /** Ids of instances that cannot be opened. */
  let broken: Set<string>;
  let open: number;
  let mostOpen: number;

  beforeAll(async () => {
    plane = await openTestControlPlane(engine);
  });
  afterAll(() => plane?.close());
  beforeEach(() => {
    clock = createManualClock();
    registry = createInstanceRegistry(plane.database, clock);
    [nodes, events, failures, latenesses] = [[], [], [], []];
    works = new Map();
    broken = new Set();
    [open, mostOpen] = [0, 0];
  });
  afterEach(async () => {
    for (const node of nodes) await node.close();
    await plane.reset();
  });

  const create = async (...ids: readonly string[]) => {
    for (const id of ids) await registry.createInstance({ id, hosts: [`${id}.example`] });
  };
  const allDue = () => clock.advance(LONGEST_SLEEP_MS + 1_000);
  const opened = () => events.filter((event) => event.startsWith('open ')).map((event) => event.slice(5));

  function createNode(maxOpen: number, options: Partial<WakerOptions<WorkingInstance>> = {}): Node {
    const onError = (error: unknown) => failures.push(String(error));
    const marks = new OpenMarks({ database: plane.database, clock, holder: randomUUID(), works: true, onError });
    const pool = createInstancePool<WorkingInstance>({
      registry,
      maxOpen,
      clock,
      onError,
      recheckMs: 50,
      closeGraceMs: 100,
      openInstance: async ({ id }) => {
        if (broken.has(id)) throw new Error(`${id} is broken`);
        events.push(`open ${id}`);
        open += 1;
        mostOpen = Math.max(mostOpen, open);
        await marks.noteOpen(id);
        const work = works.get(id);
        const nextDueAt = async () => work?.nextDueAt();
        return {
          id,
          untilIdle: async () => work?.run(),
          nextDueAt,
          close: async () => {
            open -= 1;
            events.push(`close ${id}`);
            await marks.noteClosed(id, nextDueAt);
          },
        };
      },
    });
    const waker = createWaker({
      marks,
      pool,
      clock,
      concurrency: 4,
      pollMs: 10,
      onWake: (latenessMs) => latenesses.push(latenessMs),
      onFailure: (sentence) => failures.push(sentence),
      onError,
      ...options,
    });
    const node = {
      pool,
      waker,
      marks,
      close: async () => {
        await waker.stop();
        await pool.close();
        await marks.close();
      },
    };
    nodes.push(node);
    return node;
  }

  it('opens what is due, the longest due first, lets it work, and lets it sleep again', async () => {
    await create('a');
    clock.advance(1_000);
    await create('b');
    const { waker } = createNode(10, { concurrency: 1 });
    waker.start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(events).toEqual([]);
    allDue();
    await expect.poll(() => events, POLL).toEqual(['open a', 'close a', 'open b', 'close b']);
    expect(latenesses).toEqual([2_000, 1_000]);
    await expect
      .poll(async () => (await registry.findInstance('b'))?.nextDueAt, POLL)
      .toBe(clock.now() + LONGEST_SLEEP_MS);
  });

  it('and another one do not open the same instance', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `many-${index}`);
    await create(...ids);
    allDue();
    for (let index = 0; index < 3; index += 1) createNode(10).waker.start();
    await expect.poll(() => opened().length, POLL).toBe(30);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(opened().toSorted()).toEqual(ids.toSorted());
  });

  it('opens no more at once than it may, and no more than there is room for', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    await create(...ids);
    for (const id of ids) {
      works.set(id, { run: () => new Promise((resolve) => setTimeout(resolve, 20)), nextDueAt: () => undefined });
    }
    allDue();
    createNode(2).waker.start();
    await expect.poll(() => opened().length, POLL).toBe(20);
    expect(mostOpen).toBe(2);
  });

  it('waits while all room is used by requests, then wakes one at a time all the same', async () => {
    await create('asked-1', 'asked-2', 'due-1', 'due-2');
    const { pool, waker } = createNode(2);
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const id of ['due-1', 'due-2']) works.set(id, { run: () => promise, nextDueAt: () => undefined });
    allDue();
    const leases = [await pool.forHost('asked-1.example'), await pool.forHost('asked-2.example')];
    waker.start();
    await new Promise((done) => setTimeout(done, 150));
    // A second late, and nothing to make room with.
    expect(opened()).toEqual(['asked-1', 'asked-2']);
    clock.advance(30_000);
    await expect.poll(opened, POLL).toEqual(['asked-1', 'asked-2', 'due-1']);
    await new Promise((done) => setTimeout(done, 100));
    expect(open).toBe(3);
    resolve();
    await expect.poll(opened, POLL).toEqual(['asked-1', 'asked-2', 'due-1', 'due-2']);
    expect(events).not.toContain('close asked-1');
    for (const lease of leases) lease?.release();
  });

  it('closes for it what nobody has asked for in a minute, and nothing that is in use', async () => {
    await create('asked-1', 'asked-2', 'due-1');
    const { pool, waker } = createNode(2);
    for (const host of ['asked-1.example', 'asked-2.example']) (await pool.forHost(host))?.release();
    const { nextDueAt = 0 } = (await registry.findInstance('due-1')) ?? {};
    clock.advance(nextDueAt - clock.now() - 30_000);
    (await pool.forHost('asked-2.example'))?.release();
    clock.advance(31_000);
    waker.start();
    await expect.poll(opened, POLL).toEqual(['asked-1', 'asked-2', 'due-1']);
    expect(events.filter((event) => event.startsWith('close asked'))).toEqual(['close asked-1']);
  });

  it('tries one that cannot be opened again ever less often, says so, and wakes the others', async () => {
    await create('bad', 'good');
    broken.add('bad');
    allDue();
    createNode(10).waker.start();
    await expect.poll(opened, POLL).toEqual(['good']);
    const delays: number[] = [];
    for (let round = 1; round <= 4; round += 1) {
      await expect.poll(() => failures.length, POLL).toBe(round);
      await expect.poll(async () => (await registry.findInstance('bad'))?.nextDueAt, POLL).toBeGreaterThan(clock.now());
      const until = (await registry.findInstance('bad'))?.nextDueAt ?? 0;
      expect(failures.at(-1)).toBe(
        `the instance bad was due and could not be opened: bad is broken; it is woken again at ${new Date(until).toISOString()}`,
      );
      delays.push(until - clock.now());
      clock.advance(until - clock.now());
    }
    expect(delays).toEqual([5_000, 10_000, 20_000, 40_000]);
    broken.clear();
    clock.advance(80_000);
    await expect.poll(opened, POLL).toContain('bad');
  });

  it('does not go round in circles with one that is due and finds nothing to do', async () => {
    await create('a');
    works.set('a', { run: async () => undefined, nextDueAt: () => clock.now() - 1 });
    allDue();
    createNode(10).waker.start();
    await expect.poll(async () => (await registry.findInstance('a'))?.nextDueAt, POLL).toBe(clock.now() + 5_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(opened()).toEqual(['a']);
    clock.advance(5_000);
    await expect.poll(async () => (await registry.findInstance('a'))?.nextDueAt, POLL).toBe(clock.now() + 10_000);
  });

  it('gives up one that cannot look for its work, and comes back to it', async () => {
    await create('a');
    works.set('a', {
      run: async () => {
        throw new Error('the disk is ill');
      },
      nextDueAt: () => undefined,
    });
    allDue();
    createNode(10).waker.start();
    await expect.poll(() => failures, POLL).toHaveLength(1);
    expect(failures[0]).toContain('the instance a was due and could not work: the disk is ill');
    await expect.poll(() => events, POLL).toEqual(['open a', 'close a']);
  });

  it('does not open and close for what is due in a moment', async () => {
    await create('a');
    let runs = 0;
    works.set('a', {
      run: async () => {
        runs += 1;
      },
      nextDueAt: () => (runs < 3 ? clock.now() + 20 : undefined),
    });
    allDue();
    createNode(10).waker.start();
    await expect.poll(() => events, POLL).toEqual(['open a', 'close a']);
    expect(runs).toBe(3);
  });

  it('leaves open what somebody asked for meanwhile', async () => {
    await create('a');
    const { promise, resolve } = Promise.withResolvers<void>();
    works.set('a', { run: () => promise, nextDueAt: () => undefined });
    allDue();
    const { pool, waker } = createNode(10);
    waker.start();
    await expect.poll(opened, POLL).toEqual(['a']);
    (await pool.forHost('a.example'))?.release();
    resolve();
    await new Promise((done) => setTimeout(done, 100));
    expect(events).toEqual(['open a']);
  });

  it('lets go at once of what is destroyed while it works', async () => {
    await create('a');
    works.set('a', { run: () => new Promise(() => undefined), nextDueAt: () => 0 });
    allDue();
    createNode(10).waker.start();
    await expect.poll(opened, POLL).toEqual(['a']);
    await registry.markDestroying('a');
    await expect.poll(() => events, POLL).toEqual(['open a', 'close a']);
    await new Promise((done) => setTimeout(done, 50));
    expect(opened()).toEqual(['a']);
    expect(failures).toEqual([]);
  });

  it('gives back what is under way when it stops, and the next node goes on at once', async () => {
    await create('a');
    works.set('a', { run: () => new Promise(() => undefined), nextDueAt: () => clock.now() - 7 });
    allDue();
    const first = createNode(10);
    first.waker.start();
    await expect.poll(opened, POLL).toEqual(['a']);
    await first.close();
    nodes = [];
    expect(events).toEqual(['open a', 'close a']);
    expect((await registry.findInstance('a'))?.nextDueAt).toBe(clock.now() - 7);
    createNode(10).waker.start();
    await expect.poll(opened, POLL).toEqual(['a', 'a']);
  });
});
