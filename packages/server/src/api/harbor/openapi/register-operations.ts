import type { FastifyInstance } from 'fastify';
import {
  applyManagementConventions,
  type ManagementConventionDependencies,
} from '../../../http/management-conventions.ts';
import { HARBOR_BASE } from './serve-operation.ts';

/** Registers operations of Harbor's API below its address, with what all of them share. */
export function registerOperations(
  app: FastifyInstance,
  dependencies: ManagementConventionDependencies,
  register: (routes: FastifyInstance) => void,
): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      register(routes);
    },
    { prefix: HARBOR_BASE },
  );
}
