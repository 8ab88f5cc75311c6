import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { ProductError } from '../../kernel/errors.ts';
import { admitOperator } from './access.ts';
import { MAX_BODY_BYTES } from './max-body-bytes.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

/** Checked by hand: a validator that coerces would take `0` and `"false"` for an answer. */
const Settings = Type.Object({ recordsPulls: Type.Unknown() });
type Settings = Type.Static<typeof Settings>;

const PATH = '/audit/settings';

/** What an instance records beyond what it always does. */
export function registerAuditSettingsRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get(PATH, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readAudit');
    return instance.auditEvents.settings();
  });
  const options = { schema: { body: Settings }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Body: Settings }>(PATH, options, async (request) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'changeAudit');
    const { recordsPulls } = request.body;
    if (typeof recordsPulls !== 'boolean') throw new ProductError('VALIDATION', 'recordsPulls must be true or false');
    await instance.auditEvents.setSettings({ recordsPulls }, actor);
    return { recordsPulls };
  });
}
