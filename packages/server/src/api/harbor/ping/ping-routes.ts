import type { FastifyInstance } from 'fastify';
import type { ManagementConventionDependencies } from '../../../http/management-conventions.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { getPing } from './ping-contract.ts';

/** Tells that the API answers. */
export function registerPingRoutes(app: FastifyInstance, dependencies: ManagementConventionDependencies): void {
  registerOperations(app, dependencies, (routes) => serveOperation(routes, getPing, async () => 'Pong'));
}
