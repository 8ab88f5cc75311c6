import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { LoginProvider, OidcProvider } from '../../../identity/providers/login-provider.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { isAdministrator } from '../../../kernel/principal.ts';
import { canOperate, type OperatorPermission } from '../../../operations/can-operate.ts';
import type { Policies } from '../../../policies/policies.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { ACCESS_KEYS, readAccessConfiguration, renderAccessConfiguration } from './access-configuration.ts';
import { AUTH_MODE_KEYS, assertAuthMode, renderAuthMode } from './auth-mode.ts';
import type { Configuration } from './configuration.ts';
import { OIDC_KEYS, readOidcConfiguration, renderOidcConfiguration } from './oidc-configuration.ts';
import { QUOTA_KEYS, readQuotaConfiguration, renderQuotaConfiguration } from './quota-configuration.ts';

const PATH = '/configurations';
const MAX_BODY_BYTES = 64 * 1024;

/** Shown, and of the one value. */
const FIXED_KEYS = ['primary_auth_mode', 'oidc_verify_cert', 'oidc_extra_redirect_parms'];

/** Each is checked by hand, and said in a sentence. */
const Change = Type.Record(Type.String(), Type.Unknown());
type Change = Type.Static<typeof Change>;

interface ConfigurationInstance {
  readonly identity: Pick<Identity, 'accessSettings' | 'changeAccessSettings' | 'loginProviders'>;
  readonly projects: Pick<Projects, 'permissions'>;
  readonly policies: Pick<Policies, 'quotas'>;
}

export interface ConfigurationRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => ConfigurationInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Harbor's configuration, a view of the settings of access and of the first login provider of each kind. */
export function registerConfigurationRoutes(app: FastifyInstance, dependencies: ConfigurationRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies);
      routes.get(PATH, { exposeHeadRoute: false }, async (request) => {
        const { instance } = await admit(request, dependencies, 'readSettings');
        return renderConfiguration(instance);
      });
      const options = { schema: { body: Change }, bodyLimit: MAX_BODY_BYTES };
      routes.put<{ Body: Change }>(PATH, options, async (request, reply) => {
        const { instance, actor } = await admit(request, dependencies, 'changeSettings');
        await changeConfiguration(instance, request.body, actor).catch(toHarborsRefusal);
        return reply.code(200).send();
      });
    },
    { prefix: '/api/v2.0' },
  );
}

async function renderConfiguration({ identity, policies }: ConfigurationInstance): Promise<Configuration> {
  const providers = await identity.loginProviders.list();
  const values = {
    ...renderAuthMode(providers),
    ...renderOidcConfiguration(findFirstOidc(providers)),
    ...renderAccessConfiguration(await identity.accessSettings.get()),
    ...renderQuotaConfiguration(await policies.quotas.defaults()),
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, { value, editable: !FIXED_KEYS.includes(key) }]),
  );
}

/** Nothing is changed before everything has been read. @throws ProductError BAD_REQUEST, DENIED, CONFLICT */
async function changeConfiguration({ identity, policies }: ConfigurationInstance, change: Configuration, actor: Actor) {
  assertKnown(change);
  const { loginProviders } = identity;
  const providers = await loginProviders.list();
  const oidc = findFirstOidc(providers);
  const wanted = readOidcConfiguration(change, oidc);
  const access = readAccessConfiguration(change, await identity.accessSettings.get());
  const quota = readQuotaConfiguration(change, await policies.quotas.defaults());
  assertAuthMode(change, [...providers.map(({ kind }) => kind), ...(wanted === undefined ? [] : ['oidc'])]);
  // Who may have accounts and what robots are called is for administrators in person, here as at its own route.
  if (access !== undefined && !isAdministrator(actor.principal)) throw refusal(actor.principal);
  if (quota !== undefined) await policies.quotas.setDefaults(quota, actor);
  if (access !== undefined) await identity.changeAccessSettings(access, actor);
  if (wanted !== undefined && oidc !== undefined) await loginProviders.update(oidc.id, wanted, actor);
  if (wanted !== undefined && oidc === undefined) await loginProviders.create(wanted, actor);
}

/** A value that is not right is 400 in Harbor. */
function toHarborsRefusal(error: unknown): never {
  if (!(error instanceof ProductError) || error.code !== 'VALIDATION') throw error;
  throw new ProductError('BAD_REQUEST', error.message);
}

/** A key that nothing stands behind is taken as long as it says "off", as clients send all that they know. */
function assertKnown(change: Configuration): void {
  const known = [...AUTH_MODE_KEYS, ...OIDC_KEYS, ...ACCESS_KEYS, ...QUOTA_KEYS];
  const off: readonly unknown[] = [undefined, null, '', false, -1];
  const other = Object.keys(change).find((key) => !known.includes(key) && !off.includes(change[key]));
  if (other === undefined) return;
  const name = JSON.stringify(other.slice(0, 50));
  throw new ProductError('BAD_REQUEST', `there is no configuration key ${name} here: they are ${known.join(', ')}`);
}

function findFirstOidc(providers: readonly LoginProvider[]): OidcProvider | undefined {
  return providers.find((provider) => provider.kind === 'oidc');
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED */
async function admit(
  request: FastifyRequest,
  { instanceOf, actorOf }: ConfigurationRouteDependencies,
  permission: OperatorPermission,
): Promise<{ readonly instance: ConfigurationInstance; readonly actor: Actor }> {
  const actor = actorOf(request);
  const instance = instanceOf(request);
  if (!(await canOperate(instance.projects.permissions, actor.principal, permission))) throw refusal(actor.principal);
  return { instance, actor };
}
