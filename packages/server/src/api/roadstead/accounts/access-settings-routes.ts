import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { AccessSettings } from '../../../identity/access-settings.ts';
import { readAccessChange } from '../../../projects/access/read-access-change.ts';
import { isBuiltinRole } from '../../../projects/roles/builtin-roles.ts';
import { roleIdOf } from '../../../projects/roles/role-ids.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { type AccountRouteDependencies, admitAdministrator } from './account-route-dependencies.ts';

const Change = Type.Record(Type.String(), Type.Unknown());
type Change = Type.Static<typeof Change>;

const PATH = '/access-settings';

/** What administrators decide about accounts. A PUT changes what it names. */
export function registerAccessSettingsRoutes(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  routes.get(PATH, async (request) => {
    const { identity } = admitAdministrator(request, dependencies);
    return renderSettings(await identity.accessSettings.get());
  });
  routes.put<{ Body: Change }>(PATH, { schema: { body: Change }, bodyLimit: MAX_BODY_BYTES }, async (request) => {
    const { identity, actor } = admitAdministrator(request, dependencies);
    return renderSettings(await identity.changeAccessSettings(readAccessChange(request.body), actor));
  });
}

/** Custom roles by the ids that the API has for them. */
function renderSettings(settings: AccessSettings): Readonly<Record<string, unknown>> {
  const roles = settings.requireSecondFactorOfRoles.map((role) => (isBuiltinRole(role) ? role : roleIdOf(role)));
  return { ...settings, requireSecondFactorOfRoles: roles };
}
