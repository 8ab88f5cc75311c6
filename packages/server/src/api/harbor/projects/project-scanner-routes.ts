import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import type { ExternalServices } from '../../../operations/external-services.ts';
import { getProjectWith } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { keyOfProject, type ProjectRequest } from '../openapi/project-request.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readListQuery } from '../read-list-query.ts';
import { renderShownScanner } from '../scanners/render-scanner.ts';
import { SCANNER_COLUMNS } from '../scanners/scanner-columns.ts';
import * as contract from './projects-contract.ts';

export interface ProjectScannerDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => {
    readonly projects: Pick<Projects, 'permissions' | 'findDetails'>;
    readonly externalServices: Pick<ExternalServices, 'scanners'>;
  };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Harbor's operations on the scanner of a project. */
export function registerProjectScannerRoutes(app: FastifyInstance, dependencies: ProjectScannerDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.getScannerOfProject, async (request) => {
      const { scanners, project } = await admit(request, dependencies, 'read');
      const scanner = await scanners.findOfProject(project.id);
      return scanner === undefined ? {} : renderShownScanner(scanner);
    });
    serveOperation(routes, contract.setScannerOfProject, async (request) => {
      const { scanners, project, actor } = await admit(request, dependencies, 'create');
      await scanners.setOfProject(project.id, request.body.uuid, actor);
    });
    serveOperation(routes, contract.listScannerCandidatesOfProject, async (request, reply) => {
      const { scanners } = await admit(request, dependencies, 'create');
      const query = readListQuery(request.query, SCANNER_COLUMNS);
      const isEnabled = { column: 'is_disabled', kind: 'any', values: [0] } as const;
      const { scanners: found, total } = await scanners.list({ ...query, filters: [...query.filters, isEnabled] });
      sendPageHeaders(request, reply, query, total);
      return found.map(renderShownScanner);
    });
  });
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED, PROJECT_NOT_FOUND */
async function admit(
  request: ProjectRequest,
  { instanceOf, actorOf }: ProjectScannerDependencies,
  action: 'read' | 'create',
) {
  const { projects, externalServices } = instanceOf(request);
  const actor = actorOf(request);
  const permission = { resource: 'scanner', action };
  const project = await getProjectWith(projects, actor.principal, permission, keyOfProject(request));
  return { scanners: externalServices.scanners, project, actor };
}
