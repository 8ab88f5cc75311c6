import type { FastifyInstance } from 'fastify';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import type { AccessRouteDependencies } from './access-dependencies.ts';
import { registerExplainRoutes } from './explain-routes.ts';
import { registerGroupRoutes } from './group-routes.ts';
import { registerRoleRoutes } from './role-routes.ts';
import { registerVisibilityRoutes } from './visibility-routes.ts';

/** Our own operations on roles, groups, who sees a project, and what a right comes from. */
export function registerAccessRoutes(app: FastifyInstance, dependencies: AccessRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      registerRoleRoutes(routes, dependencies);
      registerGroupRoutes(routes, dependencies);
      registerVisibilityRoutes(routes, dependencies);
      registerExplainRoutes(routes, dependencies);
    },
    { prefix: '/api/roadstead/v1' },
  );
}
