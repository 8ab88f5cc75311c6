import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { createMetricsServer } from './metrics-server.ts';
import { type InstanceStatistics, registerStatistics } from './statistics-metrics.ts';

const OPERATIONS: InstanceStatistics['operations'] = {
  awaitingBytes: 5,
  overdueMs: 1_500,
  trash: { manifests: 2, bytes: 700 },
  scrubRoundAgeMs: undefined,
  unshippedMs: 4_000,
  scrubbed: { damaged: 1, missing: 0, unreadable: 0 },
  queues: [{ kind: 'collect', pending: 1, scheduled: 2, running: 3, dead: 4, oldestAgeMs: 2_500 }],
};

const TEAM: InstanceStatistics = {
  operations: OPERATIONS,
  audit: { lostEntries: 30, waitingEntries: 20, forwarding: { ageMs: 1_500, failures: 2 } },
  publicProjects: 1,
  privateProjects: 2,
  publicRepositories: 3,
  privateRepositories: 4,
};

interface Counted {
  readonly id: string;
  statistics(): Promise<InstanceStatistics>;
}

describe('the gauges of what instances hold', () => {
  let now = 0;
  let open: Counted[];
  let errors: unknown[];
  let server: ReturnType<typeof createMetricsServer>;

  beforeEach(async () => {
    open = [{ id: 'team', statistics: async () => TEAM }];
    errors = [];
    const { registry } = createMetrics();
    const refresh = registerStatistics(registry, {
      clock: { now: () => now },
      forEachOpen: async (count) => {
        await Promise.all(open.map(count));
      },
      onError: (error) => errors.push(error),
    });
    server = createMetricsServer(async () => {
      await refresh();
      return registry;
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => server.close());

  async function scrape(pattern = /^harbor_(project|statistics)_/): Promise<readonly string[]> {
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(answer.status).toBe(200);
    return (await answer.text()).split('\n').filter((line) => pattern.test(line));
  }

  const series = (id: string, factor = 1) => [
    `harbor_project_total{registry="${id}",public="true"} ${factor}`,
    `harbor_project_total{registry="${id}",public="false"} ${2 * factor}`,
    `harbor_statistics_public_project_amount{registry="${id}"} ${factor}`,
    `harbor_statistics_private_project_amount{registry="${id}"} ${2 * factor}`,
    `harbor_statistics_total_project_amount{registry="${id}"} ${3 * factor}`,
    `harbor_statistics_public_repo_amount{registry="${id}"} ${3 * factor}`,
    `harbor_statistics_private_repo_amount{registry="${id}"} ${4 * factor}`,
    `harbor_statistics_total_repo_amount{registry="${id}"} ${7 * factor}`,
  ];

  it('are all there and right at the first scrape, and at the next after half a minute', async () => {
    expect(await scrape()).toEqual(series('team'));
    const doubled = { ...TEAM, publicProjects: 2, privateProjects: 4, publicRepositories: 6, privateRepositories: 8 };
    open = [{ id: 'next', statistics: async () => doubled }];
    expect(await scrape()).toEqual(series('team'));
    now += 30_000;
    expect(await scrape()).toEqual(series('next', 2));
  });

  it('leave out an instance that cannot be counted, and show the others', async () => {
    open.push({ id: 'broken', statistics: () => Promise.reject(new Error('database away')) });
    expect(await scrape()).toEqual(series('team'));
    expect(errors).toEqual([new Error('database away')]);
  });

  it('tell of the work in the background, and leave out what is not known yet', async () => {
    const label = 'registry="team"';
    expect(await scrape(/^roadstead_(collection|trash|scrub|recovery|job)/)).toEqual([
      `roadstead_collection_awaiting_bytes{${label}} 5`,
      `roadstead_collection_overdue_seconds{${label}} 1.5`,
      `roadstead_trash_manifests{${label}} 2`,
      `roadstead_trash_bytes{${label}} 700`,
      `roadstead_scrub_found_copies{${label},verdict="damaged"} 1`,
      `roadstead_scrub_found_copies{${label},verdict="missing"} 0`,
      `roadstead_scrub_found_copies{${label},verdict="unreadable"} 0`,
      `roadstead_recovery_age_seconds{${label}} 4`,
      `roadstead_jobs{${label},kind="collect",state="pending"} 1`,
      `roadstead_jobs{${label},kind="collect",state="scheduled"} 2`,
      `roadstead_jobs{${label},kind="collect",state="running"} 3`,
      `roadstead_jobs{${label},kind="collect",state="dead"} 4`,
      `roadstead_job_oldest_seconds{${label},kind="collect"} 2.5`,
    ]);
  });

  it('are of the audit log, and of its forwarding where there is one', async () => {
    const quiet = { ...TEAM, audit: { lostEntries: 0, waitingEntries: 0, forwarding: undefined } };
    open.push({ id: 'quiet', statistics: async () => quiet });
    expect(await scrape(/^roadstead_audit_/)).toEqual([
      'roadstead_audit_lost_entries{registry="team"} 30',
      'roadstead_audit_lost_entries{registry="quiet"} 0',
      'roadstead_audit_waiting_entries{registry="team"} 20',
      'roadstead_audit_waiting_entries{registry="quiet"} 0',
      'roadstead_audit_forwarding_age_seconds{registry="team"} 1.5',
      'roadstead_audit_forwarding_failures{registry="team"} 2',
    ]);
  });
});
