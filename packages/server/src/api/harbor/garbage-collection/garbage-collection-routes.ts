import type { FastifyInstance } from 'fastify';
import { ProductError } from '../../../kernel/errors.ts';
import { GARBAGE_COLLECTION } from '../../../operations/garbage-collection/collection-work.ts';
import type { Operations } from '../../../operations/operations.ts';
import type { Upkeep } from '../../../operations/upkeep/upkeep.ts';
import type { UpkeepRun } from '../../../operations/upkeep/upkeep-runs.ts';
import type { UpkeepParameters } from '../../../operations/upkeep/upkeep-schedules.ts';
import { admitToSystem, type SystemRouteDependencies } from '../admit-to-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readRunQuery } from '../read-run-query.ts';
import { renderRun, renderScheduled } from '../render-run.ts';
import { readSchedule } from '../upkeep-schedule.ts';
import * as contract from './garbage-collection-contract.ts';

type Dependencies = SystemRouteDependencies<{
  readonly upkeep: Pick<Upkeep, 'collections' | 'schedules'>;
  readonly operations: Pick<Operations, 'garbageCollection'>;
}>;

const MAX_WORKERS = 10;

/** Harbor's operations on the collector, which works all the time here: a run is a pass that somebody does not want to wait for. */
export function registerGarbageCollectionRoutes(app: FastifyInstance, dependencies: Dependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerSchedule(routes, dependencies);
    registerRuns(routes, dependencies);
  });
}

function registerSchedule(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.getGCSchedule, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'garbage-collection', 'read');
    const schedule = await instance.upkeep.schedules.find(GARBAGE_COLLECTION);
    return renderScheduled(schedule, renderParameters(schedule?.parameters ?? {}));
  });
  serveOperation(routes, contract.createGCSchedule, async (request, reply) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'garbage-collection', 'create');
    const asked = readSchedule(request.body);
    const parameters = readParameters(request.body.parameters ?? {});
    if (asked.kind === 'now') {
      const { mode, ...more } = parameters;
      const run = await instance.operations.garbageCollection.run(mode, actor, more);
      reply.header('location', `${HARBOR_BASE}/system/gc/${run.id}`);
      return;
    }
    await schedule(instance.upkeep, asked, parameters, actor);
    reply.header('location', `${HARBOR_BASE}/system/gc/schedule`);
  });
  serveOperation(routes, contract.updateGCSchedule, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'garbage-collection', 'update');
    const asked = readSchedule(request.body);
    if (asked.kind === 'now') throw new ProductError('BAD_REQUEST', 'schedule: a run now is asked for with POST');
    await schedule(instance.upkeep, asked, readParameters(request.body.parameters ?? {}), actor);
  });
}

function registerRuns(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.getGCHistory, async (request, reply) => {
    const { instance } = await admitToSystem(request, dependencies, 'garbage-collection', 'list');
    const query = readRunQuery(request.query);
    const { runs, total } = await instance.upkeep.collections.list(query);
    sendPageHeaders(request, reply, query, total);
    return runs.map(renderCollection);
  });
  serveOperation(routes, contract.getGC, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'garbage-collection', 'read');
    return renderCollection(await instance.upkeep.collections.get(request.params.gc_id));
  });
  serveOperation(routes, contract.stopGC, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'garbage-collection', 'stop');
    await instance.upkeep.collections.stop(request.params.gc_id, actor);
  });
  serveOperation(routes, contract.getGCLog, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'garbage-collection', 'read');
    return instance.upkeep.collections.readLog(request.params.gc_id);
  });
}

type Asked = Exclude<ReturnType<typeof readSchedule>, { readonly kind: 'now' }>;
type Admitted = Awaited<ReturnType<typeof admitToSystem>>;

async function schedule(
  { schedules }: Pick<Upkeep, 'schedules'>,
  asked: Asked,
  parameters: UpkeepParameters,
  actor: Admitted['actor'],
): Promise<void> {
  if (asked.kind === 'never') return schedules.remove(GARBAGE_COLLECTION, actor);
  const { cron, type } = asked;
  await schedules.set({ kind: GARBAGE_COLLECTION, cron, parameters: { ...parameters, type }, isDone: true }, actor);
}

/** @throws ProductError BAD_REQUEST */
function readParameters(asked: Readonly<Record<string, unknown>>) {
  const flag = (name: string) => {
    const value = asked[name] ?? false;
    if (typeof value !== 'boolean') throw new ProductError('BAD_REQUEST', `parameters.${name} is true or false`);
    return value;
  };
  const workers = asked['workers'] ?? 1;
  if (!Number.isInteger(workers) || Number(workers) < 1 || Number(workers) > MAX_WORKERS) {
    throw new ProductError('BAD_REQUEST', `parameters.workers is a whole number from 1 to ${MAX_WORKERS}`);
  }
  const mode = flag('dry_run') ? 'dry-run' : 'pass';
  return {
    mode,
    deletesUntagged: flag('delete_untagged'),
    deletesTags: flag('delete_tag'),
    workers: Number(workers),
  } as const;
}

function renderParameters(parameters: UpkeepParameters) {
  return {
    delete_untagged: parameters['deletesUntagged'] === true,
    delete_tag: parameters['deletesTags'] === true,
    dry_run: parameters['mode'] === 'dry-run',
    workers: Number(parameters['workers'] ?? 1),
  };
}

function renderCollection(run: UpkeepRun) {
  const { report } = (run.result ?? {}) as { readonly report?: Readonly<Record<string, number>> };
  return renderRun(run, {
    ...renderParameters(run.parameters),
    freed_space: report?.['bytesFreed'] ?? 0,
    purged_blobs: report?.['blobsRemoved'] ?? 0,
    purged_manifests: report?.['manifestsDeleted'] ?? 0,
  });
}
