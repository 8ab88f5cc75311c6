import type { FastifyInstance } from 'fastify';
import { applyManagementConventions } from '../../http/management-conventions.ts';
import { registerAuditEntryRoutes } from './audit-entry-routes.ts';
import { registerAuditErasureRoutes } from './audit-erasure-routes.ts';
import { registerAuditForwardingRoutes } from './audit-forwarding-routes.ts';
import { registerAuditLogRoutes } from './audit-log-routes.ts';
import { registerAuditSettingsRoutes } from './audit-settings-routes.ts';
import { registerAuditWitnessRoutes } from './audit-witness-routes.ts';
import { registerExecutionRoutes } from './execution-routes.ts';
import { registerGarbageCollectionRoutes } from './garbage-collection-routes.ts';
import { registerMailRoutes } from './mail/mail-routes.ts';
import { registerNetworkRulesRoutes } from './network-rules-routes.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';
import { registerScrubRoutes } from './scrub-routes.ts';
import { registerTrashRoutes } from './trash-routes.ts';
import { registerUntaggedPolicyRoutes } from './untagged-policy-routes.ts';

/** Our own API: what Harbor has no words for. */
export function registerRoadsteadRoutes(app: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      registerGarbageCollectionRoutes(routes, dependencies);
      registerScrubRoutes(routes, dependencies);
      registerExecutionRoutes(routes, dependencies);
      registerTrashRoutes(routes, dependencies);
      registerUntaggedPolicyRoutes(routes, dependencies);
      registerAuditLogRoutes(routes, dependencies);
      registerAuditErasureRoutes(routes, dependencies);
      registerAuditWitnessRoutes(routes, dependencies);
      registerAuditEntryRoutes(routes, dependencies);
      registerAuditSettingsRoutes(routes, dependencies);
      registerAuditForwardingRoutes(routes, dependencies);
      registerNetworkRulesRoutes(routes, dependencies);
      registerMailRoutes(routes, dependencies);
    },
    { prefix: '/api/roadstead/v1' },
  );
}
