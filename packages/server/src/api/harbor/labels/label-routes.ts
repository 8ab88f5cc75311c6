import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Label } from '../../../content/labels/label.ts';
import type { Labels } from '../../../content/labels/labels.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Principal } from '../../../kernel/principal.ts';
import { assertSignedIn, getProjectWith, refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, type RequestOf, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readListQuery } from '../read-list-query.ts';
import * as contract from './labels-contract.ts';
import { renderLabel } from './render-label.ts';

interface LabelInstance {
  readonly projects: Pick<Projects, 'permissions' | 'findDetails'>;
  readonly content: { readonly labels: Labels };
}

export interface LabelRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => LabelInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

const COLUMNS = {
  id: { column: 'id', type: 'integer' },
  name: { column: 'name', type: 'text' },
  description: { column: 'description', type: 'text' },
  color: { column: 'color', type: 'text' },
  creation_time: { column: 'created_at', type: 'instant' },
  update_time: { column: 'updated_at', type: 'instant' },
} as const;

type Action = 'create' | 'read' | 'update' | 'delete';

/** Harbor's operations on labels, of the registry (`g`) and of projects (`p`). */
export function registerLabelRoutes(app: FastifyInstance, dependencies: LabelRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.listLabels, async (request, reply) => {
      const projectId = await readScopeOfList(request, dependencies);
      const { labels } = dependencies.instanceOf(request).content;
      const query = readListQuery(request.query, COLUMNS);
      const { name } = request.query;
      const named = name ? [{ column: 'name', kind: 'contains', text: name } as const] : [];
      const page = await labels.page(projectId, { ...query, filters: [...query.filters, ...named] });
      sendPageHeaders(request, reply, query, page.total);
      return page.labels.map(renderLabel);
    });
    serveOperation(routes, contract.createLabel, async (request, reply) => {
      const actor = dependencies.actorOf(request);
      const { content } = dependencies.instanceOf(request);
      const projectId = await readScopeOfCreate(request, dependencies);
      const id = await content.labels.create(projectId, request.body, actor);
      reply.header('location', `${HARBOR_BASE}/labels/${id}`);
    });
    serveOperation(routes, contract.getLabelByID, async (request) =>
      renderLabel(await getLabel(request, dependencies, 'read')),
    );
    serveOperation(routes, contract.updateLabel, async (request) => {
      const label = await getLabel(request, dependencies, 'update');
      const { content } = dependencies.instanceOf(request);
      await content.labels.update(label, request.body, dependencies.actorOf(request));
    });
    serveOperation(routes, contract.deleteLabel, async (request) => {
      const label = await getLabel(request, dependencies, 'delete');
      await dependencies.instanceOf(request).content.labels.delete(label, dependencies.actorOf(request));
    });
  });
}

/** @returns the project; undefined: the registry @throws ProductError BAD_REQUEST, UNAUTHORIZED, DENIED, PROJECT_NOT_FOUND */
async function readScopeOfList(
  request: RequestOf<typeof contract.listLabels>,
  { instanceOf, actorOf }: LabelRouteDependencies,
): Promise<number | undefined> {
  const { scope, project_id: projectId } = request.query;
  const { principal } = actorOf(request);
  // Labels of the registry are words for everybody who is signed in.
  assertSignedIn(principal);
  if (scope === 'g') return undefined;
  if (scope !== 'p')
    throw new ProductError('BAD_REQUEST', 'scope says which labels: g for the registry, p for a project');
  if (projectId === undefined) throw new ProductError('BAD_REQUEST', 'project_id says whose labels: scope is p');
  const permission = { resource: 'label', action: 'list' };
  return (await getProjectWith(instanceOf(request).projects, principal, permission, projectId)).id;
}

/** @throws as `readScopeOfList` */
async function readScopeOfCreate(
  request: RequestOf<typeof contract.createLabel>,
  { instanceOf, actorOf }: LabelRouteDependencies,
): Promise<number | undefined> {
  const { scope, project_id: projectId } = request.body;
  const { principal } = actorOf(request);
  const { projects } = instanceOf(request);
  if (scope === 'p' && projectId !== undefined && projectId > 0) {
    return (await getProjectWith(projects, principal, { resource: 'label', action: 'create' }, projectId)).id;
  }
  if (!(await may(projects, principal, 'create', undefined))) throw refusal(principal);
  if (scope === 'g') return undefined;
  throw new ProductError('BAD_REQUEST', 'scope is g for a label of the registry, or p with a project_id');
}

/** A label that is missing and one of a foreign project get the same refusal (invariant 13). @throws ProductError UNAUTHORIZED, DENIED, NOT_FOUND */
async function getLabel(
  request: RequestOf<typeof contract.getLabelByID>,
  { instanceOf, actorOf }: LabelRouteDependencies,
  action: Action,
): Promise<Label> {
  const { projects, content } = instanceOf(request);
  const { principal } = actorOf(request);
  const { label_id: id } = request.params;
  const label = await content.labels.find(id);
  if (label !== undefined && (await may(projects, principal, action, label.projectId))) return label;
  if (label === undefined && (await projects.permissions.canSeeEveryProject(principal))) {
    throw new ProductError('NOT_FOUND', `there is no label ${id}`);
  }
  throw refusal(principal);
}

async function may(
  projects: LabelInstance['projects'],
  principal: Principal,
  action: Action,
  projectId: number | undefined,
): Promise<boolean> {
  const permission = { resource: 'label', action };
  if (projectId === undefined) return projects.permissions.can(principal, permission, 'system');
  const project = await projects.findDetails(projectId);
  return project !== undefined && projects.permissions.can(principal, permission, { project });
}
