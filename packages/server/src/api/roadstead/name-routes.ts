import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { applyManagementConventions } from '../../http/management-conventions.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { FormerName, Names } from '../../projects/names/names.ts';
import { assertSignedIn, parseProjectKey } from '../../projects/project-access.ts';
import { renderInstant } from './instant.ts';
import { MAX_BODY_BYTES } from './max-body-bytes.ts';
import { Text } from './query-fields.ts';

const BASE = '/api/roadstead/v1';
const PROJECT = `${BASE}/projects/:project`;
const FORMER = `${PROJECT}/former-names`;

const ProjectParams = Type.Object({ project: Text(255) });
type ProjectParams = Type.Static<typeof ProjectParams>;

const NameBody = Type.Object({ name: Text(255) });
type NameBody = Type.Static<typeof NameBody>;

const MoveBody = Type.Object({ from: Text(255), to: Text(255) });
type MoveBody = Type.Static<typeof MoveBody>;

export interface NameRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly names: Names };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Other names for projects and repositories, and those that they had before. */
export function registerNameRoutes(app: FastifyInstance, dependencies: NameRouteDependencies): void {
  app.register(async (routes) => {
    applyManagementConventions(routes, dependencies);
    // Before bodies are looked at.
    routes.addHook('preValidation', async (request) => assertSignedIn(dependencies.actorOf(request).principal));
    registerChanges(routes, dependencies);
    registerFormerNames(routes, dependencies);
  });
}

function registerChanges(routes: FastifyInstance, { instanceOf, actorOf }: NameRouteDependencies): void {
  const rename = { schema: { params: ProjectParams, body: NameBody }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: ProjectParams; Body: NameBody }>(`${PROJECT}/name`, rename, async (request, reply) => {
    await instanceOf(request).names.renameProject(keyOf(request), request.body.name, actorOf(request));
    return reply.code(204).send();
  });
  const move = { schema: { body: MoveBody }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: MoveBody }>(`${BASE}/repository-moves`, move, async (request, reply) => {
    const { from, to } = request.body;
    await instanceOf(request).names.moveRepository(from, to, actorOf(request));
    return reply.code(204).send();
  });
}

function registerFormerNames(routes: FastifyInstance, { instanceOf, actorOf }: NameRouteDependencies): void {
  const list = { schema: { params: ProjectParams }, exposeHeadRoute: false };
  routes.get<{ Params: ProjectParams }>(FORMER, list, async (request) => {
    const names = await instanceOf(request).names.listFormer(keyOf(request), actorOf(request).principal);
    return { items: names.map(renderName) };
  });
  const giveUp = { schema: { params: ProjectParams, querystring: NameBody } };
  routes.delete<{ Params: ProjectParams; Querystring: NameBody }>(FORMER, giveUp, async (request, reply) => {
    await instanceOf(request).names.giveUp(keyOf(request), request.query.name, actorOf(request));
    return reply.code(204).send();
  });
}

function keyOf(request: FastifyRequest<{ Params: ProjectParams }>): number | string {
  return parseProjectKey(request.params.project, request.headers['x-is-resource-name']);
}

function renderName({ name, leadsTo, since }: FormerName): Readonly<Record<string, unknown>> {
  return { name, leadsTo, since: renderInstant(since) };
}
