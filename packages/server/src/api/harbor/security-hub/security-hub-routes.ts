import type { FastifyInstance } from 'fastify';
import type { Artifacts } from '../../../content/artifacts/artifacts.ts';
import { admitToSystem, type SystemRouteDependencies } from '../admit-to-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readListQuery } from '../read-list-query.ts';
import * as contract from './security-hub-contract.ts';

type Dependencies = SystemRouteDependencies<{
  readonly content: { readonly artifacts: Pick<Artifacts, 'countEverywhere'> };
}>;

const COLUMNS = {};

/** Harbor's view of vulnerabilities in the registry as a whole: none is known while nothing is scanned. */
export function registerSecurityHubRoutes(app: FastifyInstance, dependencies: Dependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.getSecuritySummary, async (request) => {
      const { instance } = await admitToSystem(request, dependencies, 'security-hub', 'read');
      const { with_dangerous_cve: hasCves, with_dangerous_artifact: hasArtifacts } = request.query;
      return {
        ...{ critical_cnt: 0, high_cnt: 0, medium_cnt: 0, low_cnt: 0, none_cnt: 0, unknown_cnt: 0 },
        ...{ total_vuls: 0, fixable_cnt: 0, scanned_cnt: 0 },
        total_artifact: await instance.content.artifacts.countEverywhere(),
        ...(hasCves === true && { dangerous_cves: [] }),
        ...(hasArtifacts === true && { dangerous_artifacts: [] }),
      };
    });
    serveOperation(routes, contract.listVulnerabilities, async (request, reply) => {
      await admitToSystem(request, dependencies, 'security-hub', 'list');
      const query = readListQuery(request.query, COLUMNS);
      sendPageHeaders(request, reply, query, 0);
      return [];
    });
  });
}
