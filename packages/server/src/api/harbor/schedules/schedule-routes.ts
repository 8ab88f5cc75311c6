import type { FastifyInstance } from 'fastify';
import { ProductError } from '../../../kernel/errors.ts';
import type { Upkeep } from '../../../operations/upkeep/upkeep.ts';
import { assertSignedIn } from '../../../projects/project-access.ts';
import { admitToSystem, type SystemRouteDependencies } from '../admit-to-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { vendorTypeOf } from '../vendor-type.ts';
import * as contract from './schedules-contract.ts';

type Dependencies = SystemRouteDependencies<{ readonly upkeep: Pick<Upkeep, 'schedules'> }>;

const ALL = 'all';

/** Harbor's operations on what is done at set times. */
export function registerScheduleRoutes(app: FastifyInstance, dependencies: Dependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.listSchedules, async (request, reply) => {
      const { instance } = await admitToSystem(request, dependencies, 'jobservice-monitor', 'list');
      const at = readPage(request.query);
      const { schedules, total } = await instance.upkeep.schedules.list(at);
      sendPageHeaders(request, reply, at, total);
      return schedules.map(({ id, kind, cron, updatedAt }) => ({
        id,
        vendor_type: vendorTypeOf(kind),
        vendor_id: 0,
        cron,
        update_time: new Date(updatedAt).toISOString(),
      }));
    });
    serveOperation(routes, contract.getSchedulePaused, async (request) => {
      assertSignedIn(dependencies.actorOf(request).principal);
      if (request.params.job_type.toLowerCase() !== ALL) {
        throw new ProductError('NOT_FOUND', 'schedules pause all together, or none of them: ask for "all"');
      }
      return { paused: false };
    });
  });
}
