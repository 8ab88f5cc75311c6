import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { ProductError } from '../../../kernel/errors.ts';
import { assertSignedIn } from '../../../projects/project-access.ts';
import { PROJECT_ROLE_PERMISSIONS } from '../../../projects/roles/builtin-roles.ts';
import type { Role, RoleContent } from '../../../projects/roles/role.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { Id } from '../query-fields.ts';
import type { AccessRouteDependencies } from './access-dependencies.ts';
import { admitAdministrator } from './admit-administrator.ts';

const RoleParams = Type.Object({ role: Id });
type RoleParams = Type.Static<typeof RoleParams>;

const RoleBody = Type.Object({
  name: Type.Optional(Type.Unknown()),
  description: Type.Optional(Type.Unknown()),
  permissions: Type.Optional(Type.Unknown()),
});
type RoleBody = Type.Static<typeof RoleBody>;

const DeleteQuery = Type.Object({ force: Type.Optional(Type.Boolean()) });
type DeleteQuery = Type.Static<typeof DeleteQuery>;

/** The roles that members of projects may have: for everybody who is signed in to see, for administrators to make. */
export function registerRoleRoutes(routes: FastifyInstance, dependencies: AccessRouteDependencies): void {
  routes.get('/roles', { exposeHeadRoute: false }, async (request) => {
    assertSignedIn(dependencies.actorOf(request).principal);
    const roles = await dependencies.instanceOf(request).projects.roles.list();
    return { roles: roles.map(renderRole), permissions: [...PROJECT_ROLE_PERMISSIONS].toSorted() };
  });
  const create = { schema: { body: RoleBody }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: RoleBody }>('/roles', create, async (request, reply) => {
    const { instance, actor } = admitAdministrator(request, dependencies);
    const role = await instance.projects.roles.create(readContent(request.body), actor);
    return reply.code(201).header('location', `/api/roadstead/v1/roles/${role.id}`).send(renderRole(role));
  });
  const change = { schema: { params: RoleParams, body: RoleBody }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: RoleParams; Body: RoleBody }>('/roles/:role', change, async (request) => {
    const { instance, actor } = admitAdministrator(request, dependencies);
    const content = readContent(request.body);
    return renderRole(await instance.projects.roles.change(Number(request.params.role), content, actor));
  });
  const remove = { schema: { params: RoleParams, querystring: DeleteQuery } };
  routes.delete<{ Params: RoleParams; Querystring: DeleteQuery }>('/roles/:role', remove, async (request, reply) => {
    const { instance, actor } = admitAdministrator(request, dependencies);
    const { force = false } = request.query;
    await instance.projects.roles.delete(Number(request.params.role), { force, actor });
    return reply.code(204).send();
  });
}

/** @throws ProductError BAD_REQUEST */
function readContent({ name, description, permissions }: RoleBody): RoleContent {
  if (typeof name !== 'string') throw refuse('name is a text');
  if (description !== undefined && typeof description !== 'string') throw refuse('description is a text');
  if (!Array.isArray(permissions) || !permissions.every((key) => typeof key === 'string')) {
    throw refuse('permissions is a list of texts like repository:pull');
  }
  if (description?.includes('\0')) throw refuse('description holds no NUL');
  return { name, description: description ?? '', permissions };
}

function renderRole({ id, name, description, isBuiltin, permissions }: Role) {
  return { id, name, description, builtin: isBuiltin, permissions };
}

function refuse(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
