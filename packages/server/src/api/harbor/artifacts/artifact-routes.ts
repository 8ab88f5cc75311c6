import type { FastifyInstance } from 'fastify';
import { registerOperations } from '../openapi/register-operations.ts';
import { registerArtifactAdditions } from './addition-routes.ts';
import { registerArtifactParts } from './artifact-part-routes.ts';
import type { ArtifactRouteDependencies } from './artifact-request.ts';
import { registerArtifactChanges } from './change-routes.ts';
import { registerArtifactLists } from './list-routes.ts';

/** Harbor's operations on artifacts, and the list of those of a project. */
export function registerArtifactRoutes(app: FastifyInstance, dependencies: ArtifactRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerArtifactLists(routes, dependencies);
    registerArtifactParts(routes, dependencies);
    registerArtifactChanges(routes, dependencies);
    registerArtifactAdditions(routes, dependencies);
  });
}
