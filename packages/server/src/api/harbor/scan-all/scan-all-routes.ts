import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProductError } from '../../../kernel/errors.ts';
import type { ExternalServices } from '../../../operations/external-services.ts';
import { SCAN_ALL, type Upkeep } from '../../../operations/upkeep/upkeep.ts';
import { admitToSystem, type SystemRouteDependencies } from '../admit-to-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import type { Schedule } from '../openapi/shared-models.ts';
import { type AskedSchedule, readSchedule, renderSchedule } from '../upkeep-schedule.ts';
import * as contract from './scan-all-contract.ts';
import type { Stats } from './scan-all-models.ts';

type Dependencies = SystemRouteDependencies<{
  readonly upkeep: Pick<Upkeep, 'schedules'>;
  readonly externalServices: Pick<ExternalServices, 'scanners'>;
}>;

/** Nothing has run. */
const NOTHING: Stats = { total: 0, completed: 0, metrics: {}, ongoing: false };

/** Harbor's operations on scans of everything, which are kept as a schedule and done by nobody yet. */
export function registerScanAllRoutes(app: FastifyInstance, dependencies: Dependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerSchedule(routes, dependencies);
    for (const operation of [contract.getLatestScanAllMetrics, contract.getLatestScheduledScanAllMetrics]) {
      serveOperation(routes, operation, async (request) => {
        await admit(request, dependencies, 'read');
        return NOTHING;
      });
    }
    serveOperation(routes, contract.stopScanAll, async (request) => {
      await admit(request, dependencies, 'stop');
      throw new ProductError('BAD_REQUEST', 'no scan of everything is under way');
    });
  });
}

function registerSchedule(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.getScanAllSchedule, async (request) => {
    const { schedules } = (await admit(request, dependencies, 'read')).instance.upkeep;
    const schedule = await schedules.find(SCAN_ALL);
    if (schedule === undefined) return { schedule: { type: 'None', cron: '' } } satisfies Schedule;
    return {
      id: schedule.id,
      status: 'Pending',
      schedule: renderSchedule(schedule),
      creation_time: new Date(schedule.createdAt).toISOString(),
      update_time: new Date(schedule.updatedAt).toISOString(),
    } satisfies Schedule;
  });
  serveOperation(routes, contract.createScanAllSchedule, async (request, reply) => {
    const { instance, actor } = await admit(request, dependencies, 'create');
    const { schedules } = instance.upkeep;
    const asked = readSchedule(request.body);
    if (asked.kind === 'now') {
      throw new ProductError('PRECONDITION', 'nothing can be scanned: vulnerability scanning is not there yet');
    }
    if (asked.kind === 'at') {
      if ((await schedules.find(SCAN_ALL)) !== undefined) {
        throw new ProductError('PRECONDITION', 'there is a schedule of scans already: change it with PUT');
      }
      await schedules.set(wantedOf(asked), actor);
    }
    reply.header('location', `${HARBOR_BASE}/system/scanAll/schedule`);
  });
  serveOperation(routes, contract.updateScanAllSchedule, async (request) => {
    const { instance, actor } = await admit(request, dependencies, 'update');
    const { schedules } = instance.upkeep;
    const asked = readSchedule(request.body);
    if (asked.kind === 'now') throw new ProductError('BAD_REQUEST', 'schedule: Manual is for POST, which runs it once');
    if (asked.kind === 'never') await schedules.remove(SCAN_ALL, actor);
    else await schedules.set(wantedOf(asked), actor);
  });
}

function wantedOf({ cron, type }: Extract<AskedSchedule, { readonly kind: 'at' }>) {
  return { kind: SCAN_ALL, cron, parameters: { type }, isDone: false };
}

/** As Harbor has it, nothing is asked of scans while there is no default scanner. */
async function admit(request: FastifyRequest, dependencies: Dependencies, action: string) {
  const admitted = await admitToSystem(request, dependencies, 'scan-all', action);
  await admitted.instance.externalServices.scanners.assertDefault();
  return admitted;
}
