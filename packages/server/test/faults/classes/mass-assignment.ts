import { MATRIX_ROUTES } from '../../integration/access-matrix/matrix-routes.ts';
import type { BodyRoute } from '../assignments/body-route.ts';
import { EXTERNAL_SERVICES_NOT_TRIED } from '../assignments/external-services-not-tried.ts';
import { createGreedyCases } from '../assignments/greedy-requests.ts';
import { PEOPLE_ROUTES } from '../assignments/people-routes.ts';
import { POLICIES_NOT_TRIED } from '../assignments/policies-not-tried.ts';
import { createProjectRoutes } from '../assignments/project-routes.ts';
import { ROLE_ROUTES } from '../assignments/role-routes.ts';
import { createMemberCases } from '../assignments/try-members.ts';
import type { FaultCase, FaultClass, Target } from '../fault-class.ts';
import { allowJournal } from '../management/allow-journal.ts';
import { TRUSTED_PROXY } from '../trusted-proxy.ts';

/** Why some operations with a body have nothing smuggled into it. */
const NOT_TRIED: ReadonlyMap<string, string> = new Map([
  ['PUT /api/roadstead/v1/projects/:project/name', 'reads its one field, and nothing else'],
  ['POST /api/roadstead/v1/repository-moves', 'reads its two fields, and nothing else'],
  ['PUT /api/v2.0/configurations', 'for administrators, of the registry as a whole'],
  ['PUT /api/v2.0/users/:user_id/cli_secret', 'for who signs in at a login provider alone'],
  ['POST /api/roadstead/v1/identities', 'for who has a session of the last minutes alone'],
  ['PUT /api/roadstead/v1/access-settings', 'for administrators, of the registry as a whole'],
  [
    'POST /api/v2.0/projects/:project_name/repositories/:repository_name/artifacts/:reference/tags',
    'takes a name, and reads nothing else',
  ],
  ['POST /api/v2.0/ldap/ping', 'for administrators, of the registry as a whole'],
  ['POST /api/v2.0/projects/:project_name_or_id/metadatas/', 'of one key: projects-api.test.ts'],
  ['PUT /api/v2.0/projects/:project_name_or_id/metadatas/:meta_name', 'of one key: projects-api.test.ts'],
  [
    'PUT /api/v2.0/projects/:project_name/repositories/:repository_name',
    'takes the description alone: repositories-api.test.ts',
  ],
  ['POST /api/v2.0/system/oidc/ping', 'for administrators, of the registry as a whole'],
  ['POST /api/v2.0/ldap/users/import', 'for administrators, of the registry as a whole'],
  ['POST /api/roadstead/v1/login-providers', 'for administrators, of the registry as a whole'],
  ['PUT /api/roadstead/v1/login-providers/none', 'for administrators, of the registry as a whole'],
  ['POST /api/roadstead/v1/open-id-connect', 'for administrators, of the registry as a whole'],
  ['PUT /api/roadstead/v1/open-id-connect', 'for administrators, of the registry as a whole'],
  ['POST /api/roadstead/v1/projects/:project/workload-rules/test', 'changes nothing'],
  ['PUT /api/roadstead/v1/network-rules', 'for administrators, of the registry as a whole'],
  ['PUT /api/roadstead/v1/mail/preferences', 'refuses every field but its two'],
  ['POST /api/roadstead/v1/mail/test', 'for administrators, of the registry as a whole'],
  ['PUT /api/roadstead/v1/audit/settings', 'for administrators, of the registry as a whole'],
  ['PUT /api/roadstead/v1/audit/retention', 'for administrators, of the registry as a whole'],
  ['POST /api/roadstead/v1/audit/erasures', 'for administrators, of the registry as a whole'],
  ['POST /api/roadstead/v1/garbage-collection/runs', 'for administrators, of the registry as a whole'],
  ['POST /api/roadstead/v1/garbage-collection/confirmation', 'for administrators, of the registry as a whole'],
  ...EXTERNAL_SERVICES_NOT_TRIED,
  ...POLICIES_NOT_TRIED,
]);

/** Bodies that say more than their sender may: what they say too much has no effect. */
export function createMassAssignment(target: Target): FaultClass {
  const routes = [...PEOPLE_ROUTES, ...createProjectRoutes(target), ...ROLE_ROUTES];
  const members = createMemberCases(routes);
  const greedy = createGreedyCases(target);
  const cases = [createCoverageCase(routes), ...members, ...greedy];
  return {
    name: 'mass-assignment',
    unit: 'bodies',
    corpusSize: members.reduce((sum, { bodies }) => sum + bodies, greedy.length),
    minCorpusSize: 1_500,
    concurrency: 4,
    cases,
    from: TRUSTED_PROXY,
    explainChanges: allowJournal([
      ...['user.created', 'user.updated', 'user.password-changed', 'user.administrator-changed', 'user.deleted'],
      ...['project.created', 'project.updated', 'project.deleted', 'member.added', 'member.updated', 'member.removed'],
      ...['robot.created', 'robot.updated', 'robot.secret-changed', 'robot.deleted', 'access-token.created'],
      ...['access-token.revoked', 'group.created', 'group.updated', 'group.deleted', 'role.created', 'role.updated'],
      ...['role.deleted', 'access-settings.changed', 'workload-rule.created', 'workload-rule.updated'],
      ...['workload-rule.deleted'],
    ]),
  };
}

/** No operation that takes a body is left out without a reason. */
function createCoverageCase(routes: readonly BodyRoute[]): FaultCase {
  return {
    name: 'every operation with a body',
    run: async (run) => {
      const tried = new Set([...routes.map(({ route }) => route), ...NOT_TRIED.keys()]);
      for (const { method, route, body } of MATRIX_ROUTES) {
        const name = `${method} ${route}`;
        if (body !== undefined && route.startsWith('/api/') && !tried.has(name) && !tried.has(withoutNumbers(name))) {
          run.complain(`${name} is not tried`);
        }
      }
    },
  };
}

/** The matrix writes some paths out, with a number that nothing has. */
function withoutNumbers(name: string): string {
  return name.replace('/roles/999999', '/roles/:role');
}
