import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { TrashedManifest } from '../../content/trash/trashed-manifest.ts';
import { ProductError } from '../../kernel/errors.ts';
import { admitToProject } from './access.ts';
import { renderInstant } from './instant.ts';
import { DEFAULT_PAGE_SIZE, Id, PageSize, Text } from './query-fields.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

const ProjectParams = Type.Object({ project: Text(255) });
type ProjectParams = Type.Static<typeof ProjectParams>;

const EntryParams = Type.Object({ project: Text(255), id: Id });
type EntryParams = Type.Static<typeof EntryParams>;

const ListQuery = Type.Object({
  repository: Type.Optional(Text(255)),
  before: Type.Optional(Id),
  limit: Type.Optional(PageSize),
});
type ListQuery = Type.Static<typeof ListQuery>;

const PATH = '/projects/:project/trash';

/** Deleted manifests of a project: for who may change it to see and restore, for who may delete in it to purge. */
export function registerTrashRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  registerList(routes, dependencies);
  const entry = { schema: { params: EntryParams } };
  routes.post<{ Params: EntryParams }>(`${PATH}/:id/restore`, entry, async (request) => {
    const { instance, actor, project } = await admitToProject(request, dependencies, request.params.project, 'update');
    return instance.content.trash.restore(project.id, Number(request.params.id), actor);
  });
  routes.delete<{ Params: EntryParams }>(`${PATH}/:id`, entry, async (request, reply) => {
    const { instance, actor, project } = await admitToProject(request, dependencies, request.params.project, 'delete');
    const selection = { kind: 'one', projectId: project.id, trashId: Number(request.params.id) } as const;
    if ((await instance.content.trash.purge(selection, actor)) > 0) return reply.code(204).send();
    throw new ProductError('NOT_FOUND', 'This manifest is not in the trash: its time is over, or it was restored.');
  });
  const all = { schema: { params: ProjectParams } };
  routes.delete<{ Params: ProjectParams }>(PATH, all, async (request) => {
    const { instance, actor, project } = await admitToProject(request, dependencies, request.params.project, 'delete');
    return { purged: await instance.content.trash.purge({ kind: 'project', projectId: project.id }, actor) };
  });
}

/** The newest first; the first page tells how much it is in all. */
function registerList(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  const schema = { params: ProjectParams, querystring: ListQuery };
  routes.get<{ Params: ProjectParams; Querystring: ListQuery }>(PATH, { schema }, async (request) => {
    const { instance, project } = await admitToProject(request, dependencies, request.params.project, 'update');
    const { trash } = instance.content;
    const { repository, before, limit } = request.query;
    const { items, next } = await trash.list({
      projectId: project.id,
      repository,
      before: before === undefined ? undefined : Number(before),
      limit: Number(limit ?? DEFAULT_PAGE_SIZE),
    });
    return {
      items: items.map(renderTrashed),
      next: next ?? null,
      ...(before === undefined ? { size: await trash.measure(project.id) } : {}),
    };
  });
}

function renderTrashed(entry: TrashedManifest): Readonly<Record<string, unknown>> {
  return {
    id: entry.id,
    repository: entry.repository.name,
    digest: entry.digest,
    mediaType: entry.mediaType,
    artifactType: entry.artifactType ?? null,
    subject: entry.subject ?? null,
    sizeBytes: entry.sizeBytes,
    tags: entry.tags,
    pushedAt: renderInstant(entry.pushedAt),
    pushedBy: entry.pushedBy,
    deletedAt: renderInstant(entry.deletedAt),
    deletedBy: entry.deletedBy,
    expiresAt: renderInstant(entry.expiresAt),
    reason: entry.reason,
  };
}
