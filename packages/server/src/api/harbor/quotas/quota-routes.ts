import type { FastifyInstance } from 'fastify';
import { ProductError } from '../../../kernel/errors.ts';
import type { Policies } from '../../../policies/policies.ts';
import { type Quota as ProjectQuota, QUOTA_SORT_KEYS } from '../../../policies/quota/quotas.ts';
import type { Projects } from '../../../projects/projects.ts';
import { admitToSystem, type SystemRouteDependencies } from '../admit-to-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { readSort } from '../read-sort.ts';
import * as contract from './quotas-contract.ts';
import type { Quota } from './quotas-models.ts';

interface QuotaInstance {
  readonly projects: Pick<Projects, 'permissions'>;
  readonly policies: Pick<Policies, 'quotas'>;
}

export type QuotaRouteDependencies = SystemRouteDependencies<QuotaInstance>;

/** Harbor's operations on how much projects may hold. The id of a quota is that of its project. */
export function registerQuotaRoutes(app: FastifyInstance, dependencies: QuotaRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.listQuotas, async (request, reply) => {
      const { instance } = await admitToSystem(request, dependencies, 'quota', 'list');
      const { reference, reference_id: referenceId, sort } = request.query;
      const at = readPage(request.query);
      const order = readSort(sort, QUOTA_SORT_KEYS);
      // Nothing but projects has quotas, and none has an id that is no number.
      const isNone = (reference ?? 'project') !== 'project' || !/^\d{0,15}$/.test(referenceId ?? '');
      const projectId = isNone ? 0 : referenceId ? Number(referenceId) : undefined;
      const { quotas, total } = await instance.policies.quotas.list({ projectId, order, ...at });
      sendPageHeaders(request, reply, at, total);
      return quotas.map(renderQuota);
    });
    serveOperation(routes, contract.getQuota, async (request) => {
      const { instance } = await admitToSystem(request, dependencies, 'quota', 'read');
      return renderQuota(await instance.policies.quotas.get(request.params.id));
    });
    serveOperation(routes, contract.updateQuota, async (request) => {
      const { instance, actor } = await admitToSystem(request, dependencies, 'quota', 'update');
      const hard = request.body.hard ?? {};
      const { storage } = hard;
      const other = Object.keys(hard).find((resource) => resource !== 'storage');
      if (other !== undefined) throw new ProductError('BAD_REQUEST', 'hard: the one resource with a limit is storage');
      if (storage === undefined) throw new ProductError('BAD_REQUEST', 'hard: {"storage": bytes} is missing');
      await instance.policies.quotas.setStorageLimit(request.params.id, storage, actor);
    });
  });
}

function renderQuota(quota: ProjectQuota): Quota {
  return {
    id: quota.projectId,
    ref: { id: quota.projectId, name: quota.projectName, owner_name: quota.ownerName ?? '' },
    hard: { storage: quota.limitBytes },
    used: { storage: quota.usedBytes },
    creation_time: new Date(quota.createdAt).toISOString(),
    update_time: new Date(quota.updatedAt).toISOString(),
  };
}
