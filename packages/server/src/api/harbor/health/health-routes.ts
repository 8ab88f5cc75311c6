import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ManagementConventionDependencies } from '../../../http/management-conventions.ts';
import type { InstanceSystem } from '../../../operations/system/instance-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { getHealth } from './health-contract.ts';

export interface HealthRouteDependencies extends ManagementConventionDependencies {
  readonly instanceOf: (request: FastifyRequest) => { readonly system: Pick<InstanceSystem, 'checkComponents'> };
}

const HEALTHY = 'healthy';
const UNHEALTHY = 'unhealthy';
/** The process that answers. */
const CORE = { name: 'core', status: HEALTHY } as const;

/** Harbor's health: 200 whatever it says. Probes of balancers ask `/readyz`, whose status tells. */
export function registerHealthRoutes(app: FastifyInstance, dependencies: HealthRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, getHealth, async (request) => {
      const checked = await dependencies.instanceOf(request).system.checkComponents();
      const components = checked.map(({ name, isHealthy }) =>
        isHealthy
          ? { name, status: HEALTHY }
          : { name, status: UNHEALTHY, error: 'no answer: see the log of the server' },
      );
      const isHealthy = checked.every((component) => component.isHealthy);
      return { status: isHealthy ? HEALTHY : UNHEALTHY, components: [CORE, ...components] };
    });
  });
}
