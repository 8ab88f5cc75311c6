import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { assertSignedIn } from '../../../projects/project-access.ts';
import type { RobotAccounts } from '../../../projects/robots/robot-accounts.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { PAGE_QUERY, readPage } from '../page-query.ts';
import { renderExpiry, renderRobot } from './render-robot.ts';
import { readRobotOrder, readRobotQuery } from './robot-query.ts';
import { readRobotChange, readRobotRequest, readSecretRequest } from './robot-request.ts';

const BASE = '/api/v2.0';
const ROBOT = '/robots/:robot_id';

const ListQuery = Type.Object({
  ...PAGE_QUERY,
  q: Type.Optional(Type.String({ maxLength: 2_048 })),
  sort: Type.Optional(Type.String({ maxLength: 255 })),
});
type ListQuery = Type.Static<typeof ListQuery>;

/** Digits only: a coerced number would also take `1e2` and `0x10`. */
const RobotParams = Type.Object({ robot_id: Type.String({ pattern: '^[0-9]{1,15}$' }) });
type RobotParams = Type.Static<typeof RobotParams>;

const forRobot = { schema: { params: RobotParams }, exposeHeadRoute: false };

export interface RobotRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly robotAccounts: RobotAccounts };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Harbor's operations on robots, and what can be given to them. */
export function registerRobotRoutes(app: FastifyInstance, dependencies: RobotRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      // Before bodies and queries are looked at.
      routes.addHook('preValidation', async (request) => assertSignedIn(dependencies.actorOf(request).principal));
      listRobots(routes, dependencies);
      createRobot(routes, dependencies);
      registerRobot(routes, dependencies);
      getPermissions(routes, dependencies);
    },
    { prefix: BASE },
  );
}

function listRobots(routes: FastifyInstance, { instanceOf, actorOf }: RobotRouteDependencies): void {
  const options = { schema: { querystring: ListQuery }, exposeHeadRoute: false };
  routes.get<{ Querystring: ListQuery }>('/robots', options, async (request, reply) => {
    const at = readPage(request.query);
    const { robots, total } = await instanceOf(request).robotAccounts.list({
      principal: actorOf(request).principal,
      ...readRobotQuery(request.query.q),
      order: readRobotOrder(request.query.sort),
      ...at,
    });
    sendPageHeaders(request, reply, at, total);
    return robots.map(renderRobot);
  });
}

function createRobot(routes: FastifyInstance, { instanceOf, actorOf }: RobotRouteDependencies): void {
  routes.post('/robots', async (request, reply) => {
    const asked = readRobotRequest(request.body, actorOf(request));
    const { details, secret } = await instanceOf(request).robotAccounts.create(asked);
    const { robot, loginName } = details;
    return reply
      .code(201)
      .header('location', `${BASE}/robots/${robot.id}`)
      .header('cache-control', 'no-store')
      .send({
        id: robot.id,
        name: loginName,
        secret,
        creation_time: new Date(robot.createdAt).toISOString(),
        expires_at: renderExpiry(robot.expiresAt),
      });
  });
}

function registerRobot(routes: FastifyInstance, { instanceOf, actorOf }: RobotRouteDependencies): void {
  type Route = { Params: RobotParams };
  routes.get<Route>(ROBOT, forRobot, async (request) => {
    const { principal } = actorOf(request);
    return renderRobot(await instanceOf(request).robotAccounts.get(idOf(request), principal));
  });
  routes.put<Route>(ROBOT, forRobot, async (request, reply) => {
    const change = readRobotChange(request.body, idOf(request), actorOf(request));
    await instanceOf(request).robotAccounts.update(change);
    return reply.code(200).send();
  });
  routes.patch<Route>(ROBOT, forRobot, async (request, reply) => {
    const { secret: chosen, overlapSeconds } = readSecretRequest(request.body);
    const input = { id: idOf(request), secret: chosen, overlapSeconds, actor: actorOf(request) };
    const secret = await instanceOf(request).robotAccounts.rotateSecret(input);
    // Whoever chose it knows it.
    return reply.header('cache-control', 'no-store').send({ secret: chosen === undefined ? secret : '' });
  });
  routes.delete<Route>(ROBOT, forRobot, async (request, reply) => {
    await instanceOf(request).robotAccounts.delete(idOf(request), actorOf(request));
    return reply.code(200).send();
  });
}

function getPermissions(routes: FastifyInstance, { instanceOf, actorOf }: RobotRouteDependencies): void {
  routes.get('/permissions', { exposeHeadRoute: false }, async (request) => {
    const { system = [], project = [] } = await instanceOf(request).robotAccounts.catalogueFor(
      actorOf(request).principal,
    );
    return { system, project };
  });
}

function idOf(request: FastifyRequest<{ Params: RobotParams }>): number {
  return Number(request.params.robot_id);
}
