import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { ProductError } from '../../kernel/errors.ts';
import { admitOperator } from './access.ts';
import { MAX_BODY_BYTES } from './max-body-bytes.ts';
import { Text } from './query-fields.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

const Erasure = Type.Object({ account: Text(600) });
type Erasure = Type.Static<typeof Erasure>;

const USER_KEY = /^user:([1-9]\d{0,14})$/;

/** Somebody whose account is gone, and who is to be forgotten. */
export function registerAuditErasureRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  const options = { schema: { body: Erasure }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: Erasure }>('/audit/erasures', options, async (request) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'changeAudit');
    const { account: asked } = request.body;
    const account = await instance.auditList.findActor(asked);
    if (account === undefined) {
      throw new ProductError(
        'NOT_FOUND',
        `there is no account ${asked}, and one that was deleted is known as user:<id> alone: entries of kind user.created tell the id`,
      );
    }
    const [, id] = USER_KEY.exec(account) ?? [];
    if (id === undefined) throw new ProductError('VALIDATION', 'account must be user:<id>: only people are forgotten');
    // What this process has gathered is of the past, too.
    await instance.auditEvents.flush();
    return { account, erased: await instance.operations.auditLog.erasePerson(Number(id), actor) };
  });
}
