import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInstancePool, type InstancePool, type PooledInstance } from './instance-pool.ts';
import type { InstanceRecord } from './instance-registry.ts';

/** Rows in memory: what matters here is what the pool does with them. */
class Rows {
  readonly records = new Map<string, InstanceRecord>();
  isBroken = false;

  add(id: string, ...hosts: readonly string[]): void {
    const rest = { cell: 'local', schemaVersion: undefined, nextDueAt: undefined, createdAt: 0 } as const;
    this.records.set(id, { id, hosts, state: 'active', ...rest });
  }

  async findInstances(ids: readonly string[]): Promise<readonly InstanceRecord[]> {
    if (this.isBroken) throw new Error('the rows cannot be read');
    return ids.flatMap((id) => this.records.get(id) ?? []);
  }

  async findInstanceByHost(host: string): Promise<InstanceRecord | undefined> {
    return [...this.records.values()].find(({ hosts }) => hosts.includes(host));
  }

  async findInstanceByPort(port: number): Promise<InstanceRecord | undefined> {
    return [...this.records.values()].find(({ hosts }) => hosts.some((host) => host.endsWith(`:${port}`)));
  }

  async hasInstances(): Promise<boolean> {
    return this.records.size > 0;
  }
}

let rows: Rows;
let now: number;
let events: string[];
let errors: unknown[];
let failures: number;
let pool: InstancePool<PooledInstance>;
/** While it is pending, closing waits. */
let closing: Promise<void>;

function createPool(maxOpen: number, closeGraceMs = 5_000): InstancePool<PooledInstance> {
  return createInstancePool({
    registry: rows,
    maxOpen,
    closeGraceMs,
    clock: { now: () => now },
    onError: (error) => errors.push(error),
    // The timer of the pool stays out of the tests: they call reconcile().
    recheckMs: 1_000_000,
    async openInstance({ id }) {
      events.push(`open ${id}`);
      await new Promise((resolve) => setImmediate(resolve));
      if (failures-- > 0) throw new Error('cannot open');
      return {
        id,
        async close() {
          await closing;
          events.push(`close ${id}`);
        },
      };
    },
  });
}

async function use(host: string): Promise<string | undefined> {
  using lease = await pool.forHost(host);
  return lease?.instance.id;
}

beforeEach(() => {
  rows = new Rows();
  now = 0;
  events = [];
  errors = [];
  failures = 0;
  closing = Promise.resolve();
  pool = createPool(2);
});

afterEach(() => pool.close());

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the pool of instances', () => {
  it('answers every host by main as long as there are no rows', async () => {
    expect(await use('anything.example')).toBe('main');
    expect(await use('else.example:99')).toBe('main');
    expect(events).toEqual(['open main']);
  });

  it('answers only known hosts as soon as there are rows, after the recheck time', async () => {
    await use('a.example');
    rows.add('a', 'a.example');
    expect(await use('a.example')).toBe('main');
    now += 1_000_001;
    expect(await use('a.example')).toBe('a');
    expect(await use('b.example')).toBeUndefined();
  });

  it('answers on the port of an instance by that instance, unless the host is another one', async () => {
    rows.add('a', 'a.example:9001');
    rows.add('b', 'b.example');
    const on = async (host: string, port: number) => {
      using lease = await pool.forHost(host, port);
      return lease?.instance.id;
    };
    expect(await on('10.0.0.5:9001', 9001)).toBe('a');
    expect(await on('10.0.0.5:9001', 9002)).toBeUndefined();
    expect(await on('b.example', 9001)).toBe('b');
    expect(await use('10.0.0.5:9001')).toBeUndefined();
  });

  it('shows what is open to who looks after it, keeps it open meanwhile, and counts that as no use', async () => {
    for (const id of ['a', 'b', 'c']) rows.add(id, id);
    await use('a');
    await use('b');
    const { promise, resolve } = Promise.withResolvers<void>();
    const seen: string[] = [];
    const looked = pool.forEachOpen(async ({ id }) => {
      seen.push(id);
      await promise;
      if (id === 'a') throw new Error('a is ill');
    });
    await settled();
    expect(seen).toEqual(['a', 'b']);
    resolve();
    await expect(looked).rejects.toThrow('a is ill');
    await use('c');
    await settled();
    expect(events).toEqual(['open a', 'open b', 'open c', 'close a']);
  });

  it('opens an instance once under requests at the same time', async () => {
    rows.add('a', 'a.example');
    const ids = await Promise.all(Array.from({ length: 50 }, () => use('a.example')));
    expect(new Set(ids)).toEqual(new Set(['a']));
    expect(events).toEqual(['open a']);
  });

  it('tries again after an opening that failed', async () => {
    failures = 1;
    const results = await Promise.allSettled([use('x'), use('x')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await use('x')).toBe('main');
    expect(events).toEqual(['open main', 'open main']);
  });

  it('closes the idle instance that was unused the longest', async () => {
    for (const id of ['a', 'b', 'c']) rows.add(id, id);
    await use('a');
    await use('b');
    await use('a');
    await use('c');
    await settled();
    expect(events).toEqual(['open a', 'open b', 'open c', 'close b']);
  });

  it('never closes an instance in use, and catches up when it is released', async () => {
    for (const id of ['a', 'b', 'c']) rows.add(id, id);
    const leases = await Promise.all(['a', 'b', 'c'].map((host) => pool.forHost(host)));
    await settled();
    expect(events).toEqual(['open a', 'open b', 'open c']);
    leases[1]?.release();
    leases[1]?.release();
    await settled();
    expect(events).toEqual(['open a', 'open b', 'open c', 'close b']);
    for (const lease of leases) lease?.release();
  });

  it('does not open an instance again before its last closing is over', async () => {
    for (const id of ['a', 'b', 'c']) rows.add(id, id);
    const { promise, resolve } = Promise.withResolvers<void>();
    closing = promise;
    await use('a');
    await use('b');
    await use('c');
    const again = use('a');
    await settled();
    expect(events.filter((event) => event === 'open a')).toHaveLength(1);
    resolve();
    expect(await again).toBe('a');
    const ofA = events.filter((event) => event.endsWith('a'));
    expect(ofA).toEqual(['open a', 'close a', 'open a']);
  });

  it('closes at once what was opened for work of its own, unless somebody has asked for it meanwhile', async () => {
    for (const id of ['a', 'b']) rows.add(id, id);
    const work = await pool.forWork('a');
    expect(work?.instance.id).toBe('a');
    await pool.forEachOpen(async () => work?.release());
    await settled();
    expect(events).toEqual(['open a', 'close a']);
    const other = await pool.forWork('b');
    await use('b');
    other?.release();
    await settled();
    expect(events.at(-1)).toBe('open b');
    expect(await pool.forWork('nobody')).toBeUndefined();
  });

  it('closes nothing that works to make room, and says how much room there is', async () => {
    for (const id of ['a', 'b', 'c']) rows.add(id, id);
    now = 1_000_000;
    expect(pool.countRoom(60_000)).toBe(2);
    const work = await pool.forWork('a');
    await use('b');
    expect(pool.countRoom(60_000)).toBe(0);
    now += 60_000;
    expect(pool.countRoom(60_000)).toBe(1);
    await use('c');
    await settled();
    expect(events).toEqual(['open a', 'open b', 'open c', 'close b']);
    work?.release();
  });

  it('tells those who work in an instance when it is to close', async () => {
    rows.add('a', 'a');
    const work = await pool.forWork('a');
    expect(work?.signal.aborted).toBe(false);
    const closed = pool.close();
    expect(work?.signal.aborted).toBe(true);
    work?.release();
    await closed;
    expect(events).toEqual(['open a', 'close a']);
  });

  it('gives up what was destroyed elsewhere, once it is not in use any more', async () => {
    rows.add('a', 'a');
    rows.add('b', 'b');
    const lease = await pool.forId('a');
    const { a = undefined } = Object.fromEntries(rows.records);
    if (a !== undefined) rows.records.set('a', { ...a, state: 'destroying' });
    await pool.reconcile();
    expect(await pool.forId('a')).toBeUndefined();
    expect(events).toEqual(['open a']);
    lease?.release();
    await settled();
    expect(events).toEqual(['open a', 'close a']);
  });

  it('opens an idle instance anew when its hosts changed', async () => {
    await use('x');
    rows.add('main', 'main.example');
    await pool.reconcile();
    await settled();
    expect(events).toEqual(['open main', 'close main']);
  });

  it('keeps what is open when the rows cannot be read', async () => {
    await use('x');
    rows.isBroken = true;
    await pool.reconcile();
    expect(events).toEqual(['open main']);
    expect(errors).toHaveLength(1);
  });

  it('closes everything at its end: what is in use after its release or after the grace', async () => {
    rows.add('a', 'a');
    rows.add('b', 'b');
    await use('a');
    const lease = await pool.forHost('b');
    const closed = pool.close();
    await settled();
    expect(events.at(-1)).toBe('close a');
    await expect(pool.forHost('a')).rejects.toThrow('closed');
    lease?.release();
    await closed;
    expect(events.at(-1)).toBe('close b');

    pool = createPool(1, 5);
    await pool.forHost('a');
    await pool.close();
    expect(events.at(-1)).toBe('close a');
  });
});
