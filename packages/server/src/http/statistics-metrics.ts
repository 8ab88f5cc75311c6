import { Gauge, type Registry } from 'prom-client';

/** What an instance holds, for the gauges. */
export interface InstanceStatistics {
  readonly publicProjects: number;
  readonly privateProjects: number;
  readonly publicRepositories: number;
  readonly privateRepositories: number;
}

interface CountedInstance {
  readonly id: string;
  statistics(): Promise<InstanceStatistics>;
}

/** Harbor's gauges of projects and repositories, with the instance as `registry`: one series for each that is open. */
export function registerStatistics(registry: Registry, open: ReadonlySet<CountedInstance>): void {
  const gauge = <Name extends string>(name: string, help: string, labelNames: Name[]) =>
    new Gauge({ name, help, labelNames: ['registry', ...labelNames], registers: [registry] });
  const up = new Gauge({
    name: 'harbor_up',
    help: '1 while it works',
    labelNames: ['component'],
    registers: [registry],
  });
  up.set({ component: 'registry' }, 1);
  const projects = gauge('harbor_project_total', 'Projects, public or private', ['public']);
  const publicProjects = gauge('harbor_statistics_public_project_amount', 'Public projects', []);
  const privateProjects = gauge('harbor_statistics_private_project_amount', 'Private projects', []);
  const allProjects = gauge('harbor_statistics_total_project_amount', 'Projects', []);
  const publicRepositories = gauge('harbor_statistics_public_repo_amount', 'Repositories of public projects', []);
  const privateRepositories = gauge('harbor_statistics_private_repo_amount', 'Repositories of private projects', []);
  new Gauge({
    name: 'harbor_statistics_total_repo_amount',
    help: 'Repositories that hold a manifest',
    labelNames: ['registry'],
    registers: [registry],
    async collect() {
      for (const each of [
        projects,
        publicProjects,
        privateProjects,
        allProjects,
        publicRepositories,
        privateRepositories,
      ]) {
        each.reset();
      }
      this.reset();
      for (const instance of open) {
        const count = await instance.statistics();
        const labels = { registry: instance.id };
        projects.set({ ...labels, public: 'true' }, count.publicProjects);
        projects.set({ ...labels, public: 'false' }, count.privateProjects);
        publicProjects.set(labels, count.publicProjects);
        privateProjects.set(labels, count.privateProjects);
        allProjects.set(labels, count.publicProjects + count.privateProjects);
        publicRepositories.set(labels, count.publicRepositories);
        privateRepositories.set(labels, count.privateRepositories);
        this.set(labels, count.publicRepositories + count.privateRepositories);
      }
    },
  });
}
