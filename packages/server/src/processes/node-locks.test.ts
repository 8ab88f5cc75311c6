import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { CONTROL_PLANE_MIGRATIONS } from '../db/control-plane/migrations.ts';
import type { ControlPlaneSchema } from '../db/control-plane/schema.ts';
import { migrateDatabase } from '../db/migrate.ts';
import type { Database } from '../drivers/database/database.ts';
import { dropPostgresSchema, openPostgresDatabase } from '../drivers/database/postgres/postgres-database.ts';
import { LocalLocks } from '../kernel/locks.ts';
import { createNodeLocks, type NodeLocks } from './node-locks.ts';

const url = inject('postgresUrl');
const LEASE_MS = 600;

describe.runIf(url !== undefined)('locks among nodes', () => {
  const options = {
    url: url ?? '',
    schema: `test_${randomUUID().replaceAll('-', '')}`,
    owner: 'user' as const,
    maxConnections: 6,
    connectTimeoutMs: 10_000,
  };
  let database: Database<ControlPlaneSchema>;
  const opened: NodeLocks[] = [];
  const errors: unknown[] = [];

  beforeAll(async () => {
    database = await openPostgresDatabase<ControlPlaneSchema>(options);
    await migrateDatabase(database, CONTROL_PLANE_MIGRATIONS);
  });
  afterEach(async () => {
    for (const locks of opened.splice(0)) await locks.close();
    expect(errors.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await database.close();
    await dropPostgresSchema(options);
  });

  /** Those of another process. */
  const open = (on: Database<ControlPlaneSchema> = database): NodeLocks => {
    const onError = (error: unknown) => errors.push(error);
    const locks = createNodeLocks({
      database: on,
      local: new LocalLocks(),
      holder: randomUUID(),
      onError,
      leaseMs: LEASE_MS,
    });
    opened.push(locks);
    return locks;
  };

  it('exclude each other, in one process and between two, until they are released', async () => {
    const [one, two] = [open(), open()];
    const release = await one.acquire('upload', 1_000);
    expect(release).toBeDefined();
    expect(await one.acquire('upload', 0)).toBeUndefined();
    expect(await two.acquire('upload', 0)).toBeUndefined();
    const elsewhere = await two.acquire('another upload', 0);
    expect(elsewhere).toBeDefined();
    elsewhere?.();
    const waiting = two.acquire('upload', 5_000);
    release?.();
    (await waiting)?.();
  });

  it('let one at a time work, however many want to', async () => {
    let working = 0;
    let most = 0;
    const work = async (locks: NodeLocks) => {
      const release = await locks.acquire('counter', 10_000);
      if (release === undefined) throw new Error('it was never free');
      working += 1;
      most = Math.max(most, working);
      await new Promise((resolve) => setTimeout(resolve, 5));
      working -= 1;
      release();
    };
    await Promise.all([open(), open(), open()].flatMap((locks) => Array.from({ length: 8 }, () => work(locks))));
    expect(most).toBe(1);
  });

  it('stay with their holder for longer than a lease, as long as it lives', async () => {
    const [one, two] = [open(), open()];
    const release = await one.acquire('long', 0);
    expect(await two.acquire('long', 3 * LEASE_MS)).toBeUndefined();
    release?.();
    (await two.acquire('long', 5_000))?.();
  });

  it('pass on when their holder is gone', async () => {
    // It never extends its leases, as a process does that was killed.
    const dead: Database<ControlPlaneSchema> = {
      ...database,
      write: (command) => (isHeld ? new Promise(() => undefined) : database.write(command)),
    };
    let isHeld = false;
    const locks = createNodeLocks({
      database: dead,
      local: new LocalLocks(),
      holder: randomUUID(),
      onError: () => undefined,
      leaseMs: LEASE_MS,
    });
    expect(await locks.acquire('orphan', 0)).toBeDefined();
    isHeld = true;
    const startedAt = Date.now();
    const release = await open().acquire('orphan', 10 * LEASE_MS);
    expect(release).toBeDefined();
    expect(Date.now() - startedAt).toBeGreaterThan(LEASE_MS / 2);
    release?.();
  });

  // The lock of an upload whose release the database did not take was extended as long as its holder had any other.
  it('lapse when their release fails, whatever else their holder holds', async () => {
    let isAway = false;
    const failing: Database<ControlPlaneSchema> = {
      ...database,
      write: (command) => (isAway ? Promise.reject(new Error('the database is away')) : database.write(command)),
    };
    const failures: unknown[] = [];
    const locks = createNodeLocks({
      database: failing,
      local: new LocalLocks(),
      holder: randomUUID(),
      onError: (error) => failures.push(error),
      leaseMs: LEASE_MS,
    });
    const other = await locks.acquire('still held', 0);
    const release = await locks.acquire('not released', 0);
    isAway = true;
    release?.();
    await expect.poll(() => failures.length).toBeGreaterThan(0);
    isAway = false;
    const taken = await open().acquire('not released', 5 * LEASE_MS);
    expect(taken).toBeDefined();
    taken?.();
    expect(await open().acquire('still held', 0)).toBeUndefined();
    other?.();
    await locks.close();
  });

  // The extension's command was built when the database took it, from an empty list by then.
  it('may be released while their extension waits for the database', async () => {
    const waiting: (() => void)[] = [];
    let isBusy = false;
    const busy: Database<ControlPlaneSchema> = {
      ...database,
      write: async (command) => {
        if (isBusy) await new Promise<void>((resolve) => waiting.push(resolve));
        return database.write(command);
      },
    };
    const locks = open(busy);
    const release = await locks.acquire('short', 0);
    isBusy = true;
    await expect.poll(() => waiting.length, { timeout: 10 * LEASE_MS }).toBeGreaterThan(0);
    release?.();
    isBusy = false;
    for (const resume of waiting) resume();
    expect(await open().acquire('short', 5_000)).toBeDefined();
    await locks.close();
  });

  it('are released when their process closes', async () => {
    const one = open();
    await one.acquire('left', 0);
    await one.close();
    (await open().acquire('left', 0))?.();
  });
});
