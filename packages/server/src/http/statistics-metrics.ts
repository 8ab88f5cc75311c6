import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../kernel/clock.ts';
import { shareResult } from '../kernel/share-result.ts';
import { type AuditStatistics, registerAuditGauges } from './audit-metrics.ts';
import { type OperationStatistics, registerOperationGauges } from './operation-metrics.ts';

/** What an instance holds, for the gauges. */
export interface InstanceStatistics {
  readonly publicProjects: number;
  readonly privateProjects: number;
  readonly publicRepositories: number;
  readonly privateRepositories: number;
  readonly operations: OperationStatistics;
  readonly audit: AuditStatistics;
}

interface CountedInstance {
  readonly id: string;
  statistics(): Promise<InstanceStatistics>;
}

export interface StatisticsDeps {
  readonly clock: Clock;
  /** Runs `count` on each instance that is open, which stays open meanwhile. */
  forEachOpen(count: (instance: CountedInstance) => Promise<void>): Promise<void>;
  /** Told of an instance that could not be counted; its series are left out until the next count. */
  onError(error: unknown): void;
}

/** Counting reads every repository: how old its result may be. */
const SHARED_MS = 30_000;

/**
 * Harbor's gauges of projects and repositories and those of our own of the work in the background, with the instance as `registry`: one series for each that is open.
 * @returns counts, and sets all gauges at once: to be awaited before the registry is read. It never rejects.
 */
export function registerStatistics(registry: Registry, deps: StatisticsDeps): () => Promise<void> {
  const up = new Gauge({
    name: 'harbor_up',
    help: '1 while it works',
    labelNames: ['component'],
    aggregator: 'first',
    registers: [registry],
  });
  up.set({ component: 'registry' }, 1);
  const setGauges = registerGauges(registry);
  const setOperationGauges = registerOperationGauges(registry);
  const setAuditGauges = registerAuditGauges(registry);
  return shareResult(SHARED_MS, deps.clock, async () => {
    const counts = new Map<string, InstanceStatistics>();
    const count = async (instance: CountedInstance) => {
      try {
        counts.set(instance.id, await instance.statistics());
      } catch (error) {
        deps.onError(error);
      }
    };
    await deps.forEachOpen(count).catch(deps.onError);
    setGauges(counts);
    setOperationGauges(new Map([...counts].map(([id, { operations }]) => [id, operations])));
    setAuditGauges(new Map([...counts].map(([id, { audit }]) => [id, audit])));
  });
}

function registerGauges(registry: Registry): (counts: ReadonlyMap<string, InstanceStatistics>) => void {
  const gauge = <Name extends string>(name: string, help: string, labelNames: Name[]) =>
    // Every process counts the same rows.
    new Gauge({
      name,
      help,
      labelNames: ['registry', ...labelNames],
      aggregator: 'first',
      registers: [registry],
    });
  const projects = gauge('harbor_project_total', 'Projects, public or private', ['public']);
  const publicProjects = gauge('harbor_statistics_public_project_amount', 'Public projects', []);
  const privateProjects = gauge('harbor_statistics_private_project_amount', 'Private projects', []);
  const allProjects = gauge('harbor_statistics_total_project_amount', 'Projects', []);
  const publicRepositories = gauge('harbor_statistics_public_repo_amount', 'Repositories of public projects', []);
  const privateRepositories = gauge('harbor_statistics_private_repo_amount', 'Repositories of private projects', []);
  const allRepositories = gauge('harbor_statistics_total_repo_amount', 'Repositories that hold a manifest', []);
  const totals = [publicProjects, privateProjects, allProjects, publicRepositories, privateRepositories];
  return (counts) => {
    for (const each of [projects, ...totals, allRepositories]) each.reset();
    for (const [id, count] of counts) {
      const labels = { registry: id };
      projects.set({ ...labels, public: 'true' }, count.publicProjects);
      projects.set({ ...labels, public: 'false' }, count.privateProjects);
      publicProjects.set(labels, count.publicProjects);
      privateProjects.set(labels, count.privateProjects);
      allProjects.set(labels, count.publicProjects + count.privateProjects);
      publicRepositories.set(labels, count.publicRepositories);
      privateRepositories.set(labels, count.privateRepositories);
      allRepositories.set(labels, count.publicRepositories + count.privateRepositories);
    }
  };
}
