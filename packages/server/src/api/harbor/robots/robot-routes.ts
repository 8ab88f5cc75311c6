import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../../kernel/actor.ts';
import { assertSignedIn } from '../../../projects/project-access.ts';
import type { RobotAccounts } from '../../../projects/robots/robot-accounts.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import * as permissions from '../permissions/permissions-contract.ts';
import { renderExpiry, renderRobot } from './render-robot.ts';
import { readRobotOrder, readRobotQuery } from './robot-query.ts';
import { readRobotChange, readRobotRequest, readSecretRequest } from './robot-request.ts';
import * as contract from './robots-contract.ts';

export interface RobotRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly robotAccounts: RobotAccounts };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Harbor's operations on robots, and what can be given to them. */
export function registerRobotRoutes(app: FastifyInstance, dependencies: RobotRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    // Before bodies and queries are looked at.
    routes.addHook('preValidation', async (request) => assertSignedIn(dependencies.actorOf(request).principal));
    listRobots(routes, dependencies);
    createRobot(routes, dependencies);
    registerRobot(routes, dependencies);
    getPermissions(routes, dependencies);
  });
}

function listRobots(routes: FastifyInstance, { instanceOf, actorOf }: RobotRouteDependencies): void {
  serveOperation(routes, contract.listRobot, async (request, reply) => {
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
  serveOperation(routes, contract.createRobot, async (request, reply) => {
    const asked = readRobotRequest(request.body, actorOf(request));
    const { details, secret } = await instanceOf(request).robotAccounts.create(asked);
    const { robot, loginName } = details;
    reply.header('location', `${HARBOR_BASE}/robots/${robot.id}`).header('cache-control', 'no-store');
    return {
      id: robot.id,
      name: loginName,
      secret,
      creation_time: new Date(robot.createdAt).toISOString(),
      expires_at: renderExpiry(robot.expiresAt),
    };
  });
}

function registerRobot(routes: FastifyInstance, { instanceOf, actorOf }: RobotRouteDependencies): void {
  serveOperation(routes, contract.getRobotByID, async (request) => {
    const { principal } = actorOf(request);
    return renderRobot(await instanceOf(request).robotAccounts.get(request.params.robot_id, principal));
  });
  serveOperation(routes, contract.updateRobot, async (request) => {
    const change = readRobotChange(request.body, request.params.robot_id, actorOf(request));
    await instanceOf(request).robotAccounts.update(change);
  });
  serveOperation(routes, contract.refreshSec, async (request, reply) => {
    const { secret: chosen, overlapSeconds } = readSecretRequest(request.body ?? {});
    const input = { id: request.params.robot_id, secret: chosen, overlapSeconds, actor: actorOf(request) };
    const secret = await instanceOf(request).robotAccounts.rotateSecret(input);
    reply.header('cache-control', 'no-store');
    // Whoever chose it knows it.
    return { secret: chosen === undefined ? secret : '' };
  });
  serveOperation(routes, contract.deleteRobot, async (request) => {
    await instanceOf(request).robotAccounts.delete(request.params.robot_id, actorOf(request));
  });
}

function getPermissions(routes: FastifyInstance, { instanceOf, actorOf }: RobotRouteDependencies): void {
  serveOperation(routes, permissions.getPermissions, async (request) => {
    const { principal } = actorOf(request);
    const { system = [], project = [] } = await instanceOf(request).robotAccounts.catalogueFor(principal);
    return { system: [...system], project: [...project] };
  });
}
