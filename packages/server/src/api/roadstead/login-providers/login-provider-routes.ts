import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import { OPEN_BEFORE_PASSWORD_CHANGE } from '../../../http/route-access.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { Text } from '../query-fields.ts';
import { admitProviderKeeper } from './admit-provider-keeper.ts';
import type { LoginProviderRouteDependencies } from './login-provider-dependencies.ts';
import { readWantedProvider } from './provider-request.ts';
import { renderProvider } from './render-provider.ts';

const ProviderParams = Type.Object({ provider: Text(64) });
type ProviderParams = Type.Static<typeof ProviderParams>;

const DeleteQuery = Type.Object({
  deleteUsers: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])),
});
type DeleteQuery = Type.Static<typeof DeleteQuery>;

const PATH = '/login-providers';
const ONE = `${PATH}/:provider`;

/** Where people sign in besides here: what a sign-in page shows of it, and its settings for who looks after them. */
export function registerLoginProviderRoutes(app: FastifyInstance, dependencies: LoginProviderRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      registerReading(routes, dependencies);
      registerChanging(routes, dependencies);
    },
    { prefix: '/api/roadstead/v1' },
  );
}

function registerReading(routes: FastifyInstance, dependencies: LoginProviderRouteDependencies): void {
  const open = { config: OPEN_BEFORE_PASSWORD_CHANGE, exposeHeadRoute: false };
  routes.get('/sign-in/providers', open, async (request) => {
    const all = await dependencies.instanceOf(request).identity.loginProviders.list();
    return all.map(({ id, name, kind }) => ({ id, name, kind }));
  });
  routes.get(PATH, { exposeHeadRoute: false }, async (request) => {
    const { instance } = await admitProviderKeeper(request, dependencies, 'readSettings');
    return (await instance.identity.loginProviders.list()).map(renderProvider);
  });
  const one = { schema: { params: ProviderParams }, exposeHeadRoute: false };
  routes.get<{ Params: ProviderParams }>(ONE, one, async (request) => {
    const { instance } = await admitProviderKeeper(request, dependencies, 'readSettings');
    return renderProvider(await instance.identity.loginProviders.get(request.params.provider));
  });
  const ping = { schema: { params: ProviderParams } };
  routes.post<{ Params: ProviderParams }>(`${ONE}/ping`, ping, async (request) => {
    const { instance } = await admitProviderKeeper(request, dependencies, 'changeSettings');
    return instance.identity.pingLoginProvider(request.params.provider);
  });
}

function registerChanging(routes: FastifyInstance, dependencies: LoginProviderRouteDependencies): void {
  routes.post(PATH, { bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const { instance, actor } = await admitProviderKeeper(request, dependencies, 'changeSettings');
    const { loginProviders } = instance.identity;
    const id = await loginProviders.create(await readWantedProvider(request.body), actor);
    reply.code(201).header('location', `/api/roadstead/v1/login-providers/${id}`);
    return renderProvider(await loginProviders.get(id));
  });
  const put = { schema: { params: ProviderParams }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: ProviderParams }>(ONE, put, async (request) => {
    const { instance, actor } = await admitProviderKeeper(request, dependencies, 'changeSettings');
    const { loginProviders } = instance.identity;
    await loginProviders.update(request.params.provider, await readWantedProvider(request.body), actor);
    return renderProvider(await loginProviders.get(request.params.provider));
  });
  const remove = { schema: { params: ProviderParams, querystring: DeleteQuery } };
  routes.delete<{ Params: ProviderParams; Querystring: DeleteQuery }>(ONE, remove, async (request, reply) => {
    const { instance, actor } = await admitProviderKeeper(request, dependencies, 'changeSettings');
    const { deleteUsers } = request.query;
    const deletesUsers = deleteUsers === undefined ? undefined : deleteUsers === 'true';
    await instance.identity.loginProviders.delete(request.params.provider, deletesUsers, actor);
    return reply.code(204).send();
  });
}
