import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { GROUP_KINDS, type Group } from '../../../identity/groups/group.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { DEFAULT_PAGE_SIZE, Id, PageNumber, PageSize, Text } from '../query-fields.ts';
import type { AccessInstance, AccessRouteDependencies } from './access-dependencies.ts';
import { admitAdministrator } from './admit-administrator.ts';

const GroupParams = Type.Object({ group: Id });
type GroupParams = Type.Static<typeof GroupParams>;

const MemberParams = Type.Object({ group: Id, username: Text(255) });
type MemberParams = Type.Static<typeof MemberParams>;

const GroupBody = Type.Object({ name: Type.Optional(Type.Unknown()) });
type GroupBody = Type.Static<typeof GroupBody>;

const ListQuery = Type.Object({
  name: Type.Optional(Text(255)),
  kind: Type.Optional(Type.Union(GROUP_KINDS.map((kind) => Type.Literal(kind)))),
  page: Type.Optional(PageNumber),
  page_size: Type.Optional(PageSize),
});
type ListQuery = Type.Static<typeof ListQuery>;

const MEMBER = '/groups/:group/members/:username';

/** Groups of users: for administrators. */
export function registerGroupRoutes(routes: FastifyInstance, dependencies: AccessRouteDependencies): void {
  registerGroups(routes, dependencies);
  registerGroupMembers(routes, dependencies);
}

function registerGroups(routes: FastifyInstance, dependencies: AccessRouteDependencies): void {
  const list = { schema: { querystring: ListQuery }, exposeHeadRoute: false };
  routes.get<{ Querystring: ListQuery }>('/groups', list, async (request, reply) => {
    const { instance } = admitAdministrator(request, dependencies);
    const { name, kind, page = '1', page_size = String(DEFAULT_PAGE_SIZE) } = request.query;
    const at = { page: Number(page), pageSize: Number(page_size) };
    const { groups, total } = await instance.identity.groups.list({ nameContains: name, kind, ...at });
    reply.header('x-total-count', String(total));
    return groups.map(renderGroup);
  });
  const create = { schema: { body: GroupBody }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: GroupBody }>('/groups', create, async (request, reply) => {
    const { instance, actor } = admitAdministrator(request, dependencies);
    const name = readName(request.body);
    const id = await instance.identity.groups.create({ name, kind: 'internal' }, actor);
    return reply.code(201).header('location', `/api/roadstead/v1/groups/${id}`).send({ id, name, kind: 'internal' });
  });
  const change = { schema: { params: GroupParams, body: GroupBody }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: GroupParams; Body: GroupBody }>('/groups/:group', change, async (request, reply) => {
    const { instance, actor } = admitAdministrator(request, dependencies);
    await instance.identity.groups.rename(Number(request.params.group), readName(request.body), actor);
    return reply.code(204).send();
  });
  const remove = { schema: { params: GroupParams } };
  routes.delete<{ Params: GroupParams }>('/groups/:group', remove, async (request, reply) => {
    const { instance, actor } = admitAdministrator(request, dependencies);
    await instance.identity.groups.delete(Number(request.params.group), actor);
    return reply.code(204).send();
  });
}

function registerGroupMembers(routes: FastifyInstance, dependencies: AccessRouteDependencies): void {
  const list = { schema: { params: GroupParams }, exposeHeadRoute: false };
  routes.get<{ Params: GroupParams }>('/groups/:group/members', list, async (request) => {
    const { instance } = admitAdministrator(request, dependencies);
    const members = await instance.identity.groups.listMembers(Number(request.params.group));
    return members.map(({ userId, username }) => ({ id: userId, username }));
  });
  const schema = { schema: { params: MemberParams } };
  routes.put<{ Params: MemberParams }>(MEMBER, schema, async (request, reply) => {
    await setMember(request, admitAdministrator(request, dependencies), true);
    return reply.code(204).send();
  });
  routes.delete<{ Params: MemberParams }>(MEMBER, schema, async (request, reply) => {
    await setMember(request, admitAdministrator(request, dependencies), false);
    return reply.code(204).send();
  });
}

async function setMember(
  { params }: FastifyRequest<{ Params: MemberParams }>,
  { instance, actor }: { readonly instance: AccessInstance; readonly actor: Actor },
  isMember: boolean,
): Promise<void> {
  const user = await instance.identity.users.findByName(params.username);
  if (user === undefined) throw new ProductError('NOT_FOUND', 'there is no such user');
  await instance.identity.groups.setMember({ groupId: Number(params.group), userId: user.id, isMember, actor });
}

/** @throws ProductError BAD_REQUEST */
function readName({ name }: GroupBody): string {
  if (typeof name === 'string') return name;
  throw new ProductError('BAD_REQUEST', 'name is a text');
}

function renderGroup({ id, name, kind, externalName }: Group) {
  return { id, name, kind, ...(externalName !== undefined && { externalName }) };
}
