import type { FastifyInstance } from 'fastify';
import type { ExternalServices } from '../../../operations/external-services.ts';
import type { ReplicationPolicy as Policy } from '../../../operations/replication/replication-policy.ts';
import { admitToSystem, type SystemRouteDependencies } from '../admit-to-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { readListQuery } from '../read-list-query.ts';
import { readSort } from '../read-sort.ts';
import { renderReplicationExecution, renderReplicationPolicy, renderReplicationTask } from './render-replication.ts';
import * as contract from './replication-contract.ts';
import { readReplicationPolicy } from './replication-request.ts';

type Services = Pick<ExternalServices, 'registries' | 'replication'>;
type Dependencies = SystemRouteDependencies<{ readonly externalServices: Services }>;

const COLUMNS = {
  id: { column: 'id', type: 'integer' },
  name: { column: 'name', type: 'text' },
  description: { column: 'description', type: 'text' },
  enabled: { column: 'is_enabled', type: 'flag' },
  src_registry_id: { column: 'src_registry_id', type: 'integer' },
  dest_registry_id: { column: 'dest_registry_id', type: 'integer' },
  creation_time: { column: 'created_at', type: 'instant' },
  update_time: { column: 'updated_at', type: 'instant' },
} as const;

const STATUSES = {
  InProgress: ['pending', 'running'],
  Succeed: ['success'],
  Failed: ['error'],
  Stopped: ['stopped'],
} as const;
const TASK_STATUSES = { ...STATUSES, Failed: ['error', 'dead'] } as const;
const TRIGGERS = { manual: 'manual', scheduled: 'schedule', event_based: 'event' } as const;
const EXECUTION_ORDER = ['start_time', 'id'] as const;

/** Harbor's operations on rules by which content is copied between registries, and on their runs. */
export function registerReplicationRoutes(app: FastifyInstance, dependencies: Dependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerPolicies(routes, dependencies);
    registerSinglePolicy(routes, dependencies);
    registerExecutions(routes, dependencies);
    registerTasks(routes, dependencies);
  });
}

function registerPolicies(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.listReplicationPolicies, async (request, reply) => {
    const { instance } = await admitToSystem(request, dependencies, 'replication-policy', 'list');
    const { replication } = instance.externalServices;
    const query = readListQuery(request.query, COLUMNS);
    const { name } = request.query;
    const named = name ? [{ column: 'name', kind: 'contains', text: name } as const] : [];
    const { policies, total } = await replication.list({ ...query, filters: [...query.filters, ...named] });
    sendPageHeaders(request, reply, query, total);
    return renderPolicies(instance.externalServices, policies);
  });
  serveOperation(routes, contract.createReplicationPolicy, async (request, reply) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'replication-policy', 'create');
    const id = await instance.externalServices.replication.create(readReplicationPolicy(request.body), actor);
    reply.header('location', `${HARBOR_BASE}/replication/policies/${id}`);
  });
}

function registerSinglePolicy(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.getReplicationPolicy, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'replication-policy', 'read');
    const policy = await instance.externalServices.replication.get(request.params.id);
    const [rendered = {}] = await renderPolicies(instance.externalServices, [policy]);
    return rendered;
  });
  serveOperation(routes, contract.updateReplicationPolicy, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'replication-policy', 'update');
    const policy = readReplicationPolicy(request.body);
    await instance.externalServices.replication.update(request.params.id, policy, actor);
  });
  serveOperation(routes, contract.deleteReplicationPolicy, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'replication-policy', 'delete');
    await instance.externalServices.replication.delete(request.params.id, actor);
  });
}

function registerExecutions(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.listReplicationExecutions, async (request, reply) => {
    const { instance } = await admitToSystem(request, dependencies, 'replication', 'list');
    const { policy_id: policyId, status, trigger, sort } = request.query;
    const at = readPage(request.query);
    const [order] = readSort(sort, EXECUTION_ORDER) ?? [];
    const statuses = status === undefined ? undefined : (valueAt(STATUSES, status) ?? []);
    const by = trigger === undefined ? undefined : valueAt(TRIGGERS, trigger);
    // A status or a trigger that there is not has no executions.
    const isNothing = statuses?.length === 0 || (trigger !== undefined && by === undefined);
    const query = { policyId, statuses, trigger: by, oldestFirst: order?.descending === false, ...at };
    const { executions, total } = isNothing
      ? { executions: [], total: 0 }
      : await instance.externalServices.replication.listExecutions(query);
    sendPageHeaders(request, reply, at, total);
    return executions.map(renderReplicationExecution);
  });
  serveOperation(routes, contract.startReplication, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'replication', 'create');
    await instance.externalServices.replication.run(request.body.policy_id ?? 0);
  });
  serveOperation(routes, contract.getReplicationExecution, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'replication', 'read');
    return renderReplicationExecution(await instance.externalServices.replication.getExecution(request.params.id));
  });
  serveOperation(routes, contract.stopReplication, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'replication', 'create');
    await instance.externalServices.replication.stopExecution(request.params.id, actor);
  });
}

function registerTasks(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.listReplicationTasks, async (request, reply) => {
    const { instance } = await admitToSystem(request, dependencies, 'replication', 'list');
    const { id } = request.params;
    const { status } = request.query;
    const at = readPage(request.query);
    readSort(request.query.sort, EXECUTION_ORDER);
    const statuses = status === undefined ? undefined : (valueAt(TASK_STATUSES, status) ?? ['pending']);
    const { tasks, total } = await instance.externalServices.replication.listTasks(id, { statuses, ...at });
    sendPageHeaders(request, reply, at, total);
    return tasks.map((task) => renderReplicationTask(id, task));
  });
  serveOperation(routes, contract.getReplicationLog, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'replication', 'read');
    const { id, task_id: taskId } = request.params;
    return instance.externalServices.replication.readTaskLog(id, taskId);
  });
}

/** With their registries, which are read once for all of them. */
async function renderPolicies({ registries }: Services, policies: readonly Policy[]) {
  const ids = policies.flatMap(({ srcRegistryId, destRegistryId }) => srcRegistryId ?? destRegistryId ?? []);
  const known = await registries.findMany([...new Set(ids)]);
  return policies.map((policy) => renderReplicationPolicy(policy, known));
}

function valueAt<Values extends object>(values: Values, key: string): Values[keyof Values] | undefined {
  return Object.hasOwn(values, key) ? values[key as keyof Values] : undefined;
}
