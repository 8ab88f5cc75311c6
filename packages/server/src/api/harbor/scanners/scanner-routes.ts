import type { FastifyInstance } from 'fastify';
import type { ExternalServices } from '../../../operations/external-services.ts';
import type { AskedScannerSettings } from '../../../operations/scanning/check-scanner.ts';
import { admitToSystem, type SystemRouteDependencies } from '../admit-to-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readListQuery } from '../read-list-query.ts';
import { renderMetadata, renderScanner, renderShownScanner } from './render-scanner.ts';
import { SCANNER_COLUMNS } from './scanner-columns.ts';
import * as contract from './scanners-contract.ts';
import type { ScannerRegistrationReq } from './scanners-models.ts';

type Dependencies = SystemRouteDependencies<{ readonly externalServices: Pick<ExternalServices, 'scanners'> }>;

/** Harbor's operations on scanners elsewhere. */
export function registerScannerRoutes(app: FastifyInstance, dependencies: Dependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerList(routes, dependencies);
    registerSingleScanner(routes, dependencies);
  });
}

function registerList(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.listScanners, async (request, reply) => {
    const { instance } = await admitToSystem(request, dependencies, 'scanner', 'list');
    const query = readListQuery(request.query, SCANNER_COLUMNS);
    const { scanners, total } = await instance.externalServices.scanners.list(query);
    sendPageHeaders(request, reply, query, total);
    return scanners.map(renderShownScanner);
  });
  serveOperation(routes, contract.createScanner, async (request, reply) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'scanner', 'create');
    const { access_credential: credential } = request.body;
    const uuid = await instance.externalServices.scanners.create(
      readScanner(request.body),
      credential || undefined,
      actor,
    );
    reply.header('location', `${HARBOR_BASE}/scanners/${uuid}`);
  });
  serveOperation(routes, contract.pingScanner, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'scanner', 'read');
    const { url, auth = '', access_credential: credential } = request.body;
    const trial = { url, auth, credential: credential || undefined, isInsecure: false };
    await instance.externalServices.scanners.ping(trial);
  });
}

function registerSingleScanner(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.getScanner, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'scanner', 'read');
    return renderShownScanner(await instance.externalServices.scanners.get(request.params.registration_id));
  });
  serveOperation(routes, contract.updateScanner, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'scanner', 'update');
    const { registration_id: uuid } = request.params;
    const { access_credential: credential } = request.body;
    await instance.externalServices.scanners.update(uuid, readScanner(request.body), credential || undefined, actor);
  });
  serveOperation(routes, contract.deleteScanner, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'scanner', 'delete');
    return renderScanner(await instance.externalServices.scanners.delete(request.params.registration_id, actor));
  });
  serveOperation(routes, contract.setScannerAsDefault, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'scanner', 'update');
    const { scanners } = instance.externalServices;
    const { registration_id: uuid } = request.params;
    // There is always one, so that only making another one the default ends it.
    if (request.body.is_default === true) await scanners.makeDefault(uuid, actor);
    else await scanners.get(uuid);
  });
  serveOperation(routes, contract.getScannerMetadata, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'scanner', 'read');
    return renderMetadata(await instance.externalServices.scanners.readMetadata(request.params.registration_id));
  });
}

/** What is absent is what Harbor makes of it: an update says everything but the credential. */
function readScanner(body: ScannerRegistrationReq): AskedScannerSettings {
  return {
    name: body.name,
    description: body.description ?? '',
    url: body.url,
    auth: body.auth ?? '',
    isInsecure: body.skip_certVerify ?? false,
    usesInternalAddress: body.use_internal_addr ?? false,
    isDisabled: body.disabled ?? false,
  };
}
