import type { FastifyInstance } from 'fastify';
import type { ForwardingStatus } from '../../operations/audit-events/forwarding/audit-forwarding.ts';
import { admitOperator } from './access.ts';
import { readForwardingChange } from './audit-forwarding-request.ts';
import { renderInstant } from './instant.ts';
import { MAX_BODY_BYTES } from './max-body-bytes.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

const PATH = '/audit/forwarding';

/** Where the audit log is forwarded to, and how that goes. */
export function registerAuditForwardingRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get(PATH, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readAudit');
    return renderStatus(await instance.operations.auditForwarding.status());
  });
  routes.put(PATH, { bodyLimit: MAX_BODY_BYTES }, async (request) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'changeAudit');
    const { auditForwarding } = instance.operations;
    await auditForwarding.set(readForwardingChange(request.body), actor);
    return renderStatus(await auditForwarding.status());
  });
  routes.delete(PATH, async (request, reply) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'changeAudit');
    await instance.operations.auditForwarding.remove(actor);
    return reply.code(204).send();
  });
}

function renderStatus(status: ForwardingStatus | undefined): Readonly<Record<string, unknown>> {
  if (status === undefined) return { enabled: false, target: null, state: null };
  const { target, hasSecret } = status;
  return {
    enabled: status.isEnabled,
    target: target.kind === 'https' ? { ...target, hasBearerToken: hasSecret } : target,
    state: {
      lastId: status.lastId,
      waitingSince: renderInstant(status.waitingSince),
      succeededAt: renderInstant(status.succeededAt),
      failures: status.failures,
      lastError: status.lastError,
      failedAt: renderInstant(status.failedAt),
      retryAt: renderInstant(status.retryAt),
    },
  };
}
