import type { FastifyInstance } from 'fastify';
import { ProductError } from '../../../kernel/errors.ts';
import type { Upkeep } from '../../../operations/upkeep/upkeep.ts';
import { admitToSystem, type SystemRouteDependencies } from '../admit-to-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { vendorTypeOf } from '../vendor-type.ts';
import * as contract from './jobservice-contract.ts';

type Dependencies = SystemRouteDependencies<{ readonly upkeep: Pick<Upkeep, 'monitor' | 'process' | 'now'> }>;

/** All processes that have the instance open take its jobs from one pool. */
const POOL = 'roadstead';
const ALL = 'all';
const MS_PER_SECOND = 1_000;

/** Harbor's operations on what works in the background. */
export function registerJobserviceRoutes(app: FastifyInstance, dependencies: Dependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerWorkers(routes, dependencies);
    registerJobs(routes, dependencies);
    registerQueues(routes, dependencies);
  });
}

function registerWorkers(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.getWorkerPools, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'jobservice-monitor', 'list');
    const { pid, host, startedAt } = instance.upkeep.process();
    const running = await instance.upkeep.monitor.listRunning();
    return [
      {
        pid,
        worker_pool_id: POOL,
        start_at: new Date(startedAt).toISOString(),
        heartbeat_at: new Date(instance.upkeep.now()).toISOString(),
        // As many as work now: each kind of work has room of its own.
        concurrency: running.length,
        host,
      },
    ];
  });
  serveOperation(routes, contract.getWorkers, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'jobservice-monitor', 'list');
    const { pool_id: pool } = request.params;
    if (pool !== POOL && pool !== ALL) throw new ProductError('NOT_FOUND', 'there is no such pool of workers');
    const running = await instance.upkeep.monitor.listRunning();
    return running.map((job) => ({
      id: `${job.owner ?? POOL}-${job.id}`,
      pool_id: POOL,
      job_name: vendorTypeOf(job.kind),
      job_id: String(job.id),
      start_at: new Date(job.startedAt ?? job.createdAt).toISOString(),
    }));
  });
}

function registerJobs(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.stopRunningJob, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'jobservice-monitor', 'stop');
    await instance.upkeep.monitor.stopJob(readJobId(request.params.job_id), actor);
  });
  serveOperation(routes, contract.actionGetJobLog, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'jobservice-monitor', 'list');
    return instance.upkeep.monitor.readLog(readJobId(request.params.job_id));
  });
}

function registerQueues(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.listJobQueues, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'jobservice-monitor', 'list');
    const queues = await instance.upkeep.monitor.listQueues();
    return queues.map(({ kind, pending, scheduled, oldestAgeMs }) => ({
      job_type: vendorTypeOf(kind),
      count: pending + scheduled,
      latency: Math.floor(oldestAgeMs / MS_PER_SECOND),
      paused: false,
    }));
  });
  serveOperation(routes, contract.actionPendingJobs, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'jobservice-monitor', 'stop');
    const { action } = request.body;
    const { job_type: type } = request.params;
    if (action === undefined) throw new ProductError('VALIDATION', 'action: stop, pause or resume');
    if (action !== 'stop') {
      throw new ProductError('PRECONDITION', `queues cannot ${action}: pausing queues is not there yet`);
    }
    const { monitor } = instance.upkeep;
    if (type.toLowerCase() === ALL) return monitor.stopWaiting(undefined, actor);
    const kinds = await monitor.listQueues();
    const kind = kinds.find((queue) => vendorTypeOf(queue.kind) === type)?.kind;
    if (kind === undefined) throw new ProductError('NOT_FOUND', 'there is no queue of that type');
    await monitor.stopWaiting(kind, actor);
  });
}

/** @throws ProductError NOT_FOUND: ids of jobs are numbers */
function readJobId(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new ProductError('NOT_FOUND', 'there is no such job');
  return Number(text);
}
