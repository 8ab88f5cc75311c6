import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { ProductError } from '../../../kernel/errors.ts';
import { PROJECT_VISIBILITIES, visibilityOf } from '../../../projects/project.ts';
import { getProjectFor, parseProjectKey } from '../../../projects/project-access.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { Text } from '../query-fields.ts';
import type { AccessRouteDependencies } from './access-dependencies.ts';

const ProjectParams = Type.Object({ project: Text(255) });
type ProjectParams = Type.Static<typeof ProjectParams>;

const VisibilityBody = Type.Object({ visibility: Type.Optional(Type.Unknown()) });
type VisibilityBody = Type.Static<typeof VisibilityBody>;

const PATH = '/projects/:project/visibility';

/** Who may read a project without a role in it. */
export function registerVisibilityRoutes(routes: FastifyInstance, dependencies: AccessRouteDependencies): void {
  const { instanceOf, actorOf } = dependencies;
  const params = { schema: { params: ProjectParams }, exposeHeadRoute: false };
  routes.get<{ Params: ProjectParams }>(PATH, params, async (request) => {
    const key = parseProjectKey(request.params.project, request.headers['x-is-resource-name']);
    const project = await getProjectFor(instanceOf(request).projects, actorOf(request).principal, 'read', key);
    return { visibility: visibilityOf(project) };
  });
  const options = { schema: { params: ProjectParams, body: VisibilityBody }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: ProjectParams; Body: VisibilityBody }>(PATH, options, async (request) => {
    const { projects } = instanceOf(request);
    const actor = actorOf(request);
    const key = parseProjectKey(request.params.project, request.headers['x-is-resource-name']);
    const { id } = await getProjectFor(projects, actor.principal, 'update', key);
    const visibility = PROJECT_VISIBILITIES.find((known) => known === request.body.visibility);
    if (visibility === undefined) {
      throw new ProductError('BAD_REQUEST', `visibility is one of ${PROJECT_VISIBILITIES.join(', ')}`);
    }
    await projects.update({ idOrName: id, visibility, actor });
    return { visibility };
  });
}
