import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProductError } from '../../../kernel/errors.ts';
import type { ExternalServices } from '../../../operations/external-services.ts';
import {
  type ArtifactInstance,
  type ArtifactRouteDependencies,
  admitToRepository,
  readReference,
} from '../artifacts/artifact-request.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import * as contract from './scans-contract.ts';
import type { ScanType } from './scans-models.ts';

export interface ScanRouteDependencies extends ArtifactRouteDependencies {
  readonly instanceOf: (
    request: FastifyRequest,
  ) => ArtifactInstance & { readonly externalServices: Pick<ExternalServices, 'scanners'> };
}

/** Harbor's operations on the scans of an artifact, of which none runs yet. */
export function registerScanRoutes(app: FastifyInstance, dependencies: ScanRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.scanArtifact, async (request) => {
      const permission = { resource: resourceOf(request.body), action: 'create' };
      const { artifacts, project, repository } = await admitToRepository(request, dependencies, permission);
      await artifacts.get(repository, readReference(request.params.reference));
      const scanner = await dependencies.instanceOf(request).externalServices.scanners.findOfProject(project.id);
      if (scanner === undefined) {
        throw new ProductError('PRECONDITION', `project ${project.name} has no scanner: register one, or choose one`);
      }
      if (scanner.isDisabled) {
        throw new ProductError('PRECONDITION', `scanner ${scanner.name} of project ${project.name} is disabled`);
      }
      throw new ProductError('PRECONDITION', 'nothing can be scanned: vulnerability scanning is not there yet');
    });
    serveOperation(routes, contract.stopScanArtifact, async (request) => {
      const permission = { resource: resourceOf(request.body), action: 'stop' };
      const { artifacts, repository } = await admitToRepository(request, dependencies, permission);
      await artifacts.get(repository, readReference(request.params.reference));
      throw new ProductError('BAD_REQUEST', 'this artifact is not being scanned');
    });
    serveOperation(routes, contract.getReportLog, async (request) => {
      const permission = { resource: 'scan', action: 'read' };
      const { artifacts, repository } = await admitToRepository(request, dependencies, permission);
      await artifacts.get(repository, readReference(request.params.reference));
      throw new ProductError('NOT_FOUND', 'there is no such report of this artifact');
    });
  });
}

function resourceOf(body: ScanType | undefined | null): 'scan' | 'sbom' {
  return body?.scan_type === 'sbom' ? 'sbom' : 'scan';
}
