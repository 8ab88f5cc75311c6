import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { applyManagementConventions } from '../../http/management-conventions.ts';
import { readPermissionFields } from '../../http/permission-fields.ts';
import { readInteger, readObject, readText } from '../../http/request-fields.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { TokenAccounts, TokenDetails } from '../../projects/access-tokens/token-accounts.ts';
import { assertInPerson } from '../../projects/project-access.ts';
import { renderInstant } from './instant.ts';
import { Id, Text } from './query-fields.ts';

const ListQuery = Type.Object({ user: Type.Optional(Text(255)) });
type ListQuery = Type.Static<typeof ListQuery>;

const IdParams = Type.Object({ id: Id });
type IdParams = Type.Static<typeof IdParams>;

const PATH = '/api/roadstead/v1/access-tokens';
const MAX_NAME_LENGTH = 1_000;
const MAX_BODY_BYTES = 256 * 1024;

export interface AccessTokenRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly tokenAccounts: TokenAccounts };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** One's own access tokens; administrators also see and revoke those of others. */
export function registerAccessTokenRoutes(app: FastifyInstance, dependencies: AccessTokenRouteDependencies): void {
  app.register(async (routes) => {
    applyManagementConventions(routes, dependencies);
    // Before bodies and queries are looked at.
    routes.addHook('preValidation', async (request) => {
      assertInPerson(dependencies.actorOf(request).principal);
    });
    listTokens(routes, dependencies);
    createToken(routes, dependencies);
    revokeToken(routes, dependencies);
  });
}

function listTokens(routes: FastifyInstance, { instanceOf, actorOf }: AccessTokenRouteDependencies): void {
  routes.get<{ Querystring: ListQuery }>(PATH, { schema: { querystring: ListQuery } }, async (request) => {
    const { tokenAccounts } = instanceOf(request);
    const found = await tokenAccounts.list(actorOf(request).principal, request.query.user);
    return { items: found.map(renderToken) };
  });
}

function createToken(routes: FastifyInstance, { instanceOf, actorOf }: AccessTokenRouteDependencies): void {
  routes.post(PATH, { bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const body = readObject('the body', request.body);
    const { details, secret } = await instanceOf(request).tokenAccounts.create({
      name: readText('name', body['name'], MAX_NAME_LENGTH) ?? '',
      expiresInDays: readInteger('expiresInDays', body['expiresInDays']),
      permissions: readPermissionFields(body['permissions']),
      actor: actorOf(request),
    });
    const document = { ...renderToken(details), token: secret };
    return reply.code(201).header('cache-control', 'no-store').send(document);
  });
}

function revokeToken(routes: FastifyInstance, { instanceOf, actorOf }: AccessTokenRouteDependencies): void {
  const entry = { schema: { params: IdParams } };
  routes.delete<{ Params: IdParams }>(`${PATH}/:id`, entry, async (request, reply) => {
    await instanceOf(request).tokenAccounts.revoke(Number(request.params.id), actorOf(request));
    return reply.code(204).send();
  });
}

function renderToken({ token, permissions }: TokenDetails): Readonly<Record<string, unknown>> {
  return {
    id: token.id,
    name: token.name,
    permissions: permissions ?? null,
    expiresAt: renderInstant(token.expiresAt),
    lastUsedAt: renderInstant(token.lastUsedAt),
    createdAt: renderInstant(token.createdAt),
  };
}
