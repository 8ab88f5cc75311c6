import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { LoginProvider } from '../../../identity/providers/login-provider.ts';
import type { AskedProvider, WantedProvider } from '../../../identity/providers/login-providers.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { isAdministrator } from '../../../kernel/principal.ts';
import { canOperate, type OperatorPermission } from '../../../operations/can-operate.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { ACCESS_KEYS, readAccessConfiguration, renderAccessConfiguration } from './access-configuration.ts';
import { AUTH_MODE_KEYS, assertAuthMode, renderAuthMode } from './auth-mode.ts';
import type { Configuration } from './configuration.ts';
import { inLdapKeys, LDAP_KEYS, readLdapConfiguration, renderLdapConfiguration } from './ldap-configuration.ts';
import { OIDC_KEYS, readOidcConfiguration, renderOidcConfiguration } from './oidc-configuration.ts';

const PATH = '/configurations';
const MAX_BODY_BYTES = 64 * 1024;

/** Shown, and of the one value. */
const FIXED_KEYS = ['primary_auth_mode', 'oidc_verify_cert', 'oidc_extra_redirect_parms'];

/** Each is checked by hand, and said in a sentence. */
const Change = Type.Record(Type.String(), Type.Unknown());
type Change = Type.Static<typeof Change>;

interface ConfigurationInstance {
  readonly identity: Pick<Identity, 'accessSettings' | 'changeConfiguration' | 'loginProviders'>;
  readonly projects: Pick<Projects, 'permissions'>;
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

async function renderConfiguration({ identity }: ConfigurationInstance): Promise<Configuration> {
  const providers = await identity.loginProviders.list();
  const values = {
    ...renderAuthMode(providers),
    ...renderOidcConfiguration(findFirst(providers, 'oidc')),
    ...renderLdapConfiguration(findFirst(providers, 'ldap')),
    ...renderAccessConfiguration(await identity.accessSettings.get()),
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, { value, editable: !FIXED_KEYS.includes(key) }]),
  );
}

/** All of it is changed, or nothing. @throws ProductError BAD_REQUEST, DENIED, CONFLICT */
async function changeConfiguration({ identity }: ConfigurationInstance, change: Configuration, actor: Actor) {
  assertKnown(change);
  const all = await identity.loginProviders.list();
  const [oidc, ldap] = [findFirst(all, 'oidc'), findFirst(all, 'ldap')];
  const providers = [
    ...toAsked(oidc, readOidcConfiguration(change, oidc)),
    ...toAsked(ldap, await readLdapConfiguration(change, ldap, all)),
  ];
  const access = readAccessConfiguration(change, await identity.accessSettings.get());
  assertAuthMode(
    change,
    [...all, ...providers.map(({ wanted }) => wanted)].map(({ kind }) => kind),
  );
  // Who may have accounts and what robots are called is for administrators in person, here as at its own route.
  if (access !== undefined && !isAdministrator(actor.principal)) throw refusal(actor.principal);
  if (access !== undefined || providers.length > 0) await identity.changeConfiguration({ access, providers }, actor);
}

/** Clients send all keys that they know with each change, so a provider often stays as it is: then its sign-ins go on. */
function toAsked(before: LoginProvider | undefined, wanted: WantedProvider | undefined): readonly AskedProvider[] {
  if (wanted === undefined) return [];
  const isSame = wanted.name === before?.name && isDeepStrictEqual(wanted.settings, before.settings);
  return isSame && wanted.secret === undefined ? [] : [{ id: before?.id, wanted }];
}

/** A value that is not right is 400 in Harbor. */
function toHarborsRefusal(error: unknown): never {
  if (!(error instanceof ProductError) || error.code !== 'VALIDATION') throw error;
  throw new ProductError('BAD_REQUEST', inLdapKeys(error.message));
}

/** A key that nothing stands behind is taken as long as it says "off", as clients send all that they know. */
function assertKnown(change: Configuration): void {
  const known = [...AUTH_MODE_KEYS, ...OIDC_KEYS, ...LDAP_KEYS, ...ACCESS_KEYS];
  const off: readonly unknown[] = [undefined, null, '', false, -1];
  const other = Object.keys(change).find((key) => !known.includes(key) && !off.includes(change[key]));
  if (other === undefined) return;
  const name = JSON.stringify(other.slice(0, 50));
  throw new ProductError('BAD_REQUEST', `there is no configuration key ${name} here: they are ${known.join(', ')}`);
}

function findFirst<Kind extends LoginProvider['kind']>(all: readonly LoginProvider[], kind: Kind) {
  return all.find((provider): provider is Extract<LoginProvider, { readonly kind: Kind }> => provider.kind === kind);
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
