import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { admitToProject } from './access.ts';
import { MAX_BODY_BYTES } from './max-body-bytes.ts';
import { Text } from './query-fields.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';
import { readWholeNumber } from './whole-number.ts';

const ProjectParams = Type.Object({ project: Text(255) });
type ProjectParams = Type.Static<typeof ProjectParams>;

/** Checked by hand: a validator that coerces would take null and false for 0, which deletes. */
const UntaggedPolicy = Type.Object({ afterMs: Type.Unknown() });
type UntaggedPolicy = Type.Static<typeof UntaggedPolicy>;

const PATH = '/projects/:project/untagged-policy';

/** Whether a project deletes manifests without a tag, and after what time. */
export function registerUntaggedPolicyRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get<{ Params: ProjectParams }>(PATH, { schema: { params: ProjectParams } }, async (request) => {
    const { instance, project } = await admitToProject(request, dependencies, request.params.project, 'update');
    return { afterMs: await instance.operations.findUntaggedPolicy(project.id) };
  });
  const options = { schema: { params: ProjectParams, body: UntaggedPolicy }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: ProjectParams; Body: UntaggedPolicy }>(PATH, options, async (request) => {
    const { instance, actor, project } = await admitToProject(request, dependencies, request.params.project, 'update');
    const { afterMs: asked } = request.body;
    const afterMs = asked === null ? null : readWholeNumber('afterMs, unless it is null,', asked);
    await instance.content.setUntaggedPolicy(project.id, afterMs, actor);
    return { afterMs };
  });
}
