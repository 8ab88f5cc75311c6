import type { FastifyInstance } from 'fastify';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import { registerAccessSettingsRoutes } from './access-settings-routes.ts';
import type { AccountRouteDependencies } from './account-route-dependencies.ts';
import { registerExternalIdentityRoutes } from './external-identity-routes.ts';
import { registerSecondFactorRoutes } from './second-factor-routes.ts';
import { registerSessionRoutes } from './session-routes.ts';
import { registerUserStateRoutes } from './user-state-routes.ts';

/** What Harbor has no words for: sessions, the state of accounts, and what is decided about them. */
export function registerAccountRoutes(app: FastifyInstance, dependencies: AccountRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      registerSessionRoutes(routes, dependencies);
      registerSecondFactorRoutes(routes, dependencies);
      registerExternalIdentityRoutes(routes, dependencies);
      registerUserStateRoutes(routes, dependencies);
      registerAccessSettingsRoutes(routes, dependencies);
    },
    { prefix: '/api/roadstead/v1' },
  );
}
