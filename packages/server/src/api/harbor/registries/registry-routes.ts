import type { FastifyInstance } from 'fastify';
import type { ExternalServices } from '../../../operations/external-services.ts';
import { capabilitiesOf } from '../../../operations/registries/registry-capabilities.ts';
import { REGISTRY_KINDS } from '../../../operations/registries/registry-kinds.ts';
import { admitToSystem, type SystemRouteDependencies } from '../admit-to-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readListQuery } from '../read-list-query.ts';
import * as contract from './registries-contract.ts';
import { readPing, readRegistry, readRegistryChange } from './registry-request.ts';
import { renderCapabilities, renderProviderInfo, renderRegistry } from './render-registry.ts';

type Dependencies = SystemRouteDependencies<{ readonly externalServices: Pick<ExternalServices, 'registries'> }>;

const COLUMNS = {
  id: { column: 'id', type: 'integer' },
  name: { column: 'name', type: 'text' },
  type: { column: 'kind', type: 'text' },
  url: { column: 'url', type: 'text' },
  description: { column: 'description', type: 'text' },
  insecure: { column: 'is_insecure', type: 'flag' },
  creation_time: { column: 'created_at', type: 'instant' },
  update_time: { column: 'updated_at', type: 'instant' },
} as const;
/** What this registry is to others. */
const OWN_KIND = 'harbor';
const OWN_ID = 0;

/** Harbor's operations on registries elsewhere. */
export function registerRegistryRoutes(app: FastifyInstance, dependencies: Dependencies): void {
  registerOperations(app, dependencies, (routes) => {
    describeKinds(routes, dependencies);
    registerList(routes, dependencies);
    registerSingleRegistry(routes, dependencies);
  });
}

function describeKinds(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.listRegistryProviderTypes, async (request) => {
    await admitToSystem(request, dependencies, 'replication-adapter', 'list');
    return REGISTRY_KINDS.map(({ name }) => name);
  });
  serveOperation(routes, contract.listRegistryProviderInfos, async (request) => {
    await admitToSystem(request, dependencies, 'replication-adapter', 'list');
    const known = REGISTRY_KINDS.map((kind) => [kind.name, renderProviderInfo(kind)] as const);
    return Object.fromEntries(known.flatMap(([name, info]) => (info === undefined ? [] : [[name, info]])));
  });
}

function registerList(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.listRegistries, async (request, reply) => {
    const { instance } = await admitToSystem(request, dependencies, 'registry', 'list');
    const query = readListQuery(request.query, COLUMNS);
    const { name } = request.query;
    const named = name ? [{ column: 'name', kind: 'contains', text: name } as const] : [];
    const { registries, total } = await instance.externalServices.registries.list({
      ...query,
      filters: [...query.filters, ...named],
    });
    sendPageHeaders(request, reply, query, total);
    return registries.map(renderRegistry);
  });
  serveOperation(routes, contract.createRegistry, async (request, reply) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'registry', 'create');
    const { settings, accessSecret } = readRegistry(request.body);
    const id = await instance.externalServices.registries.create(settings, accessSecret, actor);
    reply.header('location', `${HARBOR_BASE}/registries/${id}`);
  });
  serveOperation(routes, contract.pingRegistry, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'registry', 'read');
    await instance.externalServices.registries.ping(request.body.id, readPing(request.body));
  });
}

function registerSingleRegistry(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.getRegistry, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'registry', 'read');
    return renderRegistry(await instance.externalServices.registries.get(request.params.id));
  });
  serveOperation(routes, contract.updateRegistry, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'registry', 'update');
    await instance.externalServices.registries.update(request.params.id, readRegistryChange(request.body), actor);
  });
  serveOperation(routes, contract.deleteRegistry, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'registry', 'delete');
    await instance.externalServices.registries.delete(request.params.id, actor);
  });
  serveOperation(routes, contract.getRegistryInfo, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'registry', 'read');
    const { id } = request.params;
    if (id === OWN_ID) return renderCapabilities(capabilitiesOf(OWN_KIND, true));
    const { kind } = await instance.externalServices.registries.get(id);
    return renderCapabilities(capabilitiesOf(kind, false));
  });
}
