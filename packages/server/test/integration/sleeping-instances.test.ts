import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { readEnv } from '../../src/config/env.ts';
import { locateInstance } from '../../src/control-plane/instances/instance-location.ts';
import { openControlPlaneAsItIs } from '../../src/databases.ts';
import type { ControlPlaneSchema } from '../../src/db/control-plane/schema.ts';
import { createInstanceDatabase } from '../../src/db/instance/instance-database.ts';
import type { Database } from '../../src/drivers/database/database.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { startRoadstead } from '../support/start-roadstead.ts';
import { ENGINES } from './support/engines.ts';
import { send } from './support/http-client.ts';
import { ADMIN, type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { openStore, type Store } from './support/registry-store.ts';
import { runAdmin } from './support/run-admin.ts';
import { MANAGEMENT_API, waitForExecution } from './support/wait-for-execution.ts';

const POLL = { timeout: 30_000, interval: 100 };
const IDS = ['one', 'two', 'three'] as const;
const HOUR_MS = 3_600_000;

/** Looks into the control plane, past the application. */
async function dueOf(plane: Database<ControlPlaneSchema>, id: string): Promise<number | null | undefined> {
  const row = await plane.reader.selectFrom('instances').select('next_due_at').where('id', '=', id).executeTakeFirst();
  return row?.next_due_at;
}

async function isOpen(plane: Database<ControlPlaneSchema>, id: string): Promise<boolean> {
  const rows = await plane.reader.selectFrom('open_instances').selectAll().where('instance_id', '=', id).execute();
  return rows.length > 0;
}

function jobsOf({ database }: Store): Jobs {
  return createJobs({ database: createInstanceDatabase(database, []), clock: systemClock });
}

describe.each(ENGINES)('sleeping instances on %s', (engine) => {
  let registry: OpenRegistry;
  let plane: Database<ControlPlaneSchema>;
  const stores = new Map<string, Store>();
  let changes = 0;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_SCRUB_RATE: '0' } });
    plane = await openControlPlaneAsItIs(registry.config);
    for (const id of IDS) {
      const created = await runAdmin(registry, 'instance', 'create', id, '--host', `${id}.test`);
      expect(created.exitCode, created.errors).toBe(0);
    }
    for (const id of IDS) {
      await use(id);
      stores.set(id, await openStore(registry.config, id, registry.medium));
    }
  });
  afterAll(async () => {
    for (const store of stores.values()) await store.close();
    await plane?.close();
    await registry?.close();
  });

  const at = (id: string) => registry.clientOf(ADMIN, { host: `${id}.test` });
  /** Until it answers: a server believes for a second that it knows the instances. */
  async function use(id: string): Promise<void> {
    await vi.waitFor(async () => expect((await at(id).get('/v2/')).status).toBe(200), POLL);
  }
  /** An idle instance that has other hosts than it was opened with closes. */
  async function putToSleep(id: string): Promise<void> {
    changes += 1;
    const host = { host: `${id}-${changes}.test`, instance_id: id };
    await plane.write((tx) => tx.insertInto('instance_hosts').values(host).execute());
    await expect.poll(() => isOpen(plane, id), POLL).toBe(false);
  }
  const jobs = (id: string) => jobsOf(stores.get(id) as Store);

  it('with nothing to do sleep for a week, also when they were used', async () => {
    await putToSleep('one');
    expect(await dueOf(plane, 'one')).toBeGreaterThan(Date.now() + 6 * 24 * HOUR_MS);
    const listed = await runAdmin(registry, 'instance', 'list', '--json');
    const [one] = JSON.parse(listed.output).filter(({ id }: { id: string }) => id === 'one');
    expect(Date.parse(one.nextDueAt)).toBe(await dueOf(plane, 'one'));
  });

  it('are woken for their schedules, and sleep in between', async () => {
    await use('two');
    await jobs('two').schedules.save({
      name: 'often',
      kind: 'garbage-collection',
      cron: '*/6 * * * * *',
      parameters: { mode: 'dry-run' },
    });
    await putToSleep('two');
    const dueAt = (await dueOf(plane, 'two')) ?? 0;
    expect(dueAt).toBeLessThan(Date.now() + 6_500);
    const filter = { kind: 'garbage-collection', statuses: ['success'] } as const;
    let sleeps = 0;
    await expect
      .poll(async () => {
        if (!(await isOpen(plane, 'two'))) sleeps += 1;
        return jobs('two').countExecutions(filter);
      }, POLL)
      .toBeGreaterThanOrEqual(2);
    expect(sleeps).toBeGreaterThan(0);
    await use('two');
    await jobs('two').schedules.remove('often');
    await putToSleep('two');
    expect(await dueOf(plane, 'two')).toBeGreaterThan(Date.now() + HOUR_MS);
  });

  it('that no version has looked at are looked at once', async () => {
    await putToSleep('three');
    await jobs('three').enqueue({
      kind: 'garbage-collection',
      trigger: 'event',
      parameters: {},
      actor: 'user:1',
      jobs: [{ parameters: { mode: 'dry-run' } }],
    });
    await plane.write((tx) =>
      tx.updateTable('instances').set({ next_due_at: null }).where('id', '=', 'three').execute(),
    );
    await expect.poll(() => jobs('three').countExecutions({ statuses: ['success'] }), POLL).toBe(1);
    await expect.poll(() => dueOf(plane, 'three'), POLL).toBeGreaterThan(Date.now() + HOUR_MS);
  });

  it('say in the metrics how many they are', async () => {
    await putToSleep('three');
    const text = await (await registry.server.readMetrics()).metrics();
    expect(text).toMatch(/^roadstead_instances_asleep [123]$/m);
    expect(text).toMatch(/^roadstead_instances_due 0$/m);
    const woken = /^roadstead_instance_wake_lateness_seconds_count (\d+)$/m.exec(text)?.[1];
    expect(Number(woken)).toBeGreaterThanOrEqual(2);
  });

  it('that stop with the server say when they are due, and a server that starts wakes them', async () => {
    await use('one');
    const store = jobs('one');
    const runAfter = Date.now() + 1_000;
    const input = { kind: 'garbage-collection', trigger: 'event', parameters: {}, actor: 'user:1' } as const;
    await store.enqueue({ ...input, jobs: [{ parameters: { mode: 'dry-run' }, runAfter: runAfter + HOUR_MS }] });
    await registry.server.stop();
    expect(await dueOf(plane, 'one')).toBe(runAfter + HOUR_MS);
    expect(await plane.reader.selectFrom('open_instances').selectAll().execute()).toEqual([]);
    expect(await plane.reader.selectFrom('instance_holders').selectAll().execute()).toEqual([]);
    await store.enqueue({ ...input, jobs: [{ parameters: { mode: 'dry-run' }, runAfter }] });
    await plane.write((tx) =>
      tx.updateTable('instances').set({ next_due_at: runAfter }).where('id', '=', 'one').execute(),
    );
    await registry.restart();
    await expect.poll(() => store.countExecutions({ statuses: ['success'] }), POLL).toBe(1);
  });

  if (engine === 'sqlite') {
    it('that cannot be opened are tried again, and the others are woken', async () => {
      const { folder } = locateInstance(registry.config.dataDir, 'broken');
      const created = await runAdmin(registry, 'instance', 'create', 'broken', '--host', 'broken.test');
      expect(created.exitCode, created.errors).toBe(0);
      await writeFile(folder, 'not a folder');
      await plane.write((tx) =>
        tx.updateTable('instances').set({ next_due_at: 1 }).where('id', 'in', ['broken', 'three']).execute(),
      );
      await expect
        .poll(() => registry.logLines.filter((line) => line.includes('the instance broken was due')), POLL)
        .not.toEqual([]);
      await expect.poll(() => dueOf(plane, 'three'), POLL).toBeGreaterThan(Date.now() + HOUR_MS);
      expect(await dueOf(plane, 'broken')).toBeGreaterThan(1);
      expect(await isOpen(plane, 'broken')).toBe(false);
    });
  }
});

describe.runIf(ENGINES.includes('postgres'))('sleeping instances of several nodes', () => {
  let registry: OpenRegistry;
  let plane: Database<ControlPlaneSchema>;
  const nodes: { stop(): Promise<void> }[] = [];

  beforeEach(async () => {
    registry = await openRegistry({
      engine: 'postgres',
      env: { ROADSTEAD_ROLE: 'web', ROADSTEAD_SCRUB_RATE: '0', ROADSTEAD_MAX_OPEN_INSTANCES: '4' },
    });
    plane = await openControlPlaneAsItIs(registry.config);
  }, 60_000);
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
    await plane?.close();
    await registry?.close();
  });

  it('work at once on what a node has queued that only answers requests', async () => {
    const created = await runAdmin(registry, 'instance', 'create', 'one', '--host', 'one.test');
    expect(created.exitCode, created.errors).toBe(0);
    nodes.push(await registry.openNode({ ROADSTEAD_ROLE: 'worker' }));
    const client = registry.clientOf(ADMIN, { host: 'one.test' });
    await expect.poll(async () => (await client.get('/v2/')).status, POLL).toBe(200);
    expect(await dueOf(plane, 'one')).toBeGreaterThan(Date.now() + HOUR_MS);
    for (let round = 0; round < 2; round += 1) {
      const begun = await client.post(`${MANAGEMENT_API}/garbage-collection/runs`, '{"mode":"dry-run"}', {
        'Content-Type': 'application/json',
      });
      expect((await waitForExecution(client, begun)).status).toBe('success');
    }
    // The worker lets go of it; the node that answers requests keeps it.
    const works = () =>
      plane.reader
        .selectFrom('open_instances')
        .innerJoin('instance_holders', 'instance_holders.name', 'open_instances.holder')
        .select('works')
        .execute();
    await expect.poll(works, POLL).toEqual([{ works: 0 }]);
  });

  it('are each woken by one of them', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `many-${index}`);
    for (const id of ids) await runAdmin(registry, 'instance', 'create', id, '--host', `${id}.test`);
    const opened: string[] = [];
    for (let index = 0; index < 2; index += 1) nodes.push(await registry.openNode({ ROADSTEAD_ROLE: 'worker' }));
    await plane.write((tx) => tx.updateTable('instances').set({ next_due_at: 1 }).execute());
    await expect
      .poll(
        async () => {
          const rows = await plane.reader.selectFrom('open_instances').selectAll().execute();
          opened.push(...rows.map(({ instance_id: id, holder }) => `${id} ${holder}`));
          return (await plane.reader.selectFrom('instances').select('id').where('next_due_at', '<=', 1).execute())
            .length;
        },
        { timeout: 60_000, interval: 10 },
      )
      .toBe(0);
    const holders = Map.groupBy(new Set(opened), (entry) => entry.split(' ')[0]);
    for (const [id, entries] of holders) expect(entries, id).toHaveLength(1);
  }, 90_000);
});

describe('a server that is killed', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'roadstead-killed-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it.each(['1', '2'])(
    'with work that nobody has written down anywhere else does it after its start (%s processes)',
    async (processes) => {
      const env = { ROADSTEAD_SCRUB_RATE: '0', ROADSTEAD_PROCESSES: processes };
      const config = readConfig({ env: readEnv({ ROADSTEAD_DATA: dataDir }) });
      const first = await startRoadstead({ dataDir, env });
      await runAdmin({ config }, 'instance', 'create', 'one', '--host', 'one.test');
      const ask = () => send(`${first.url}/v2/`, { headers: { host: 'one.test' } });
      await expect.poll(async () => (await ask()).status, POLL).toBe(401);
      const plane = await openControlPlaneAsItIs(config);
      process.kill(first.pid, 'SIGKILL');
      const store = await openStore(config, 'one', {
        openObjects: async () => ({ close: async () => undefined }),
      } as never);
      // As if it had been queued just before.
      await jobsOf(store).enqueue({
        kind: 'garbage-collection',
        trigger: 'event',
        parameters: {},
        actor: 'user:1',
        jobs: [{ parameters: { mode: 'dry-run' } }],
      });
      expect(await dueOf(plane, 'one')).toBeGreaterThan(Date.now() + HOUR_MS);
      expect(await isOpen(plane, 'one')).toBe(true);
      const second = await startRoadstead({ dataDir, env });
      try {
        await expect.poll(() => jobsOf(store).countExecutions({ statuses: ['success'] }), POLL).toBe(1);
        await expect.poll(() => isOpen(plane, 'one'), POLL).toBe(false);
      } finally {
        await store.close();
        await plane.close();
        await second.stop();
      }
    },
    90_000,
  );
});
