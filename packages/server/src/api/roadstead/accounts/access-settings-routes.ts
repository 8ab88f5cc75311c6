import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { readAccessChange } from '../../../identity/read-access-change.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { type AccountRouteDependencies, admitAdministrator } from './account-route-dependencies.ts';

const Change = Type.Record(Type.String(), Type.Unknown());
type Change = Type.Static<typeof Change>;

const PATH = '/access-settings';

/** What administrators decide about accounts. A PUT changes what it names. */
export function registerAccessSettingsRoutes(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  routes.get(PATH, async (request) => {
    const { identity } = admitAdministrator(request, dependencies);
    return identity.accessSettings.get();
  });
  routes.put<{ Body: Change }>(PATH, { schema: { body: Change }, bodyLimit: MAX_BODY_BYTES }, async (request) => {
    const { identity, actor } = admitAdministrator(request, dependencies);
    return identity.changeAccessSettings(readAccessChange(request.body), actor);
  });
}
