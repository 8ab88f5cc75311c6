import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OPEN_IN_READ_ONLY_MODE } from '../../../http/route-access.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { LoginProvider } from '../../../identity/providers/login-provider.ts';
import type { AskedProvider, WantedProvider } from '../../../identity/providers/login-providers.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { isAdministrator } from '../../../kernel/principal.ts';
import { canOperate, type OperatorPermission } from '../../../operations/can-operate.ts';
import type { InstanceConfiguration } from '../../../operations/configuration/instance-configuration.ts';
import type { Policies } from '../../../policies/policies.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { type RequestOf, serveOperation } from '../openapi/serve-operation.ts';
import { ACCESS_KEYS, readAccessConfiguration, renderAccessConfiguration } from './access-configuration.ts';
import { AUDIT_KEYS, readAuditConfiguration, renderAuditConfiguration } from './audit-configuration.ts';
import { AUTH_MODE_KEYS, assertAuthMode, renderAuthMode } from './auth-mode.ts';
import type { Configuration } from './configuration.ts';
import * as contract from './configurations-contract.ts';
import {
  INSTANCE_KEYS,
  readInstanceConfiguration,
  renderInstanceConfiguration,
} from './instance-settings-configuration.ts';
import { inLdapKeys, LDAP_KEYS, readLdapConfiguration, renderLdapConfiguration } from './ldap-configuration.ts';
import { OIDC_KEYS, readOidcConfiguration, renderOidcConfiguration } from './oidc-configuration.ts';
import { QUOTA_KEYS, readQuotaConfiguration, renderQuotaConfiguration } from './quota-configuration.ts';
import { assertKnownKeys, FIXED_KEYS, renderFixedKeys } from './refused-keys.ts';

/** Shown, and of the one value. */
const READ_ONLY_KEYS = [...FIXED_KEYS, 'primary_auth_mode', 'oidc_verify_cert'];

/** Something stands behind these. */
const KNOWN_KEYS = [
  ...AUTH_MODE_KEYS,
  ...OIDC_KEYS,
  ...LDAP_KEYS,
  ...ACCESS_KEYS,
  ...INSTANCE_KEYS,
  ...QUOTA_KEYS,
  ...AUDIT_KEYS,
];

interface ConfigurationInstance {
  readonly identity: Pick<Identity, 'accessSettings' | 'loginProviders' | 'tokens'>;
  readonly configuration: InstanceConfiguration;
  readonly policies: Pick<Policies, 'quotas'>;
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
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.getConfigurations, async (request) => {
      const { instance } = await admit(request, dependencies, 'readSettings');
      return renderConfiguration(instance);
    });
    const change = async (request: RequestOf<typeof contract.updateConfigurations>) => {
      const { instance, actor } = await admit(request, dependencies, 'changeSettings');
      await changeConfiguration(instance, request.body, actor).catch(toHarborsRefusal);
    };
    serveOperation(routes, contract.updateConfigurations, change, OPEN_IN_READ_ONLY_MODE);
    // Harbor's own parts ask for it, with secrets in the answer. Here there are none that would.
    serveOperation(routes, contract.getInternalconfig, async (request) => {
      throw refusal(dependencies.actorOf(request).principal);
    });
  });
}

async function renderConfiguration({
  identity,
  configuration,
  policies,
}: ConfigurationInstance): Promise<Configuration> {
  const providers = await identity.loginProviders.list();
  const values = {
    ...renderAuthMode(providers),
    ...renderOidcConfiguration(findFirst(providers, 'oidc')),
    ...renderLdapConfiguration(findFirst(providers, 'ldap')),
    ...renderAccessConfiguration(await identity.accessSettings.get(), await identity.tokens.lifetimeSeconds()),
    ...renderInstanceConfiguration(await configuration.settings.get()),
    ...renderQuotaConfiguration(await policies.quotas.defaults()),
    ...renderAuditConfiguration(await configuration.auditSettings()),
    ...renderFixedKeys(),
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, { value, editable: !READ_ONLY_KEYS.includes(key) }]),
  );
}

/** All of it is changed, or nothing. @throws ProductError BAD_REQUEST, DENIED, CONFLICT */
async function changeConfiguration(
  { identity, configuration, policies, projects }: ConfigurationInstance,
  change: Configuration,
  actor: Actor,
): Promise<void> {
  assertKnownKeys(change, KNOWN_KEYS);
  const all = await identity.loginProviders.list();
  const [oidc, ldap] = [findFirst(all, 'oidc'), findFirst(all, 'ldap')];
  const providers = [
    ...toAsked(oidc, readOidcConfiguration(change, oidc)),
    ...toAsked(ldap, await readLdapConfiguration(change, ldap, all)),
  ];
  const tokenSeconds = await identity.tokens.lifetimeSeconds();
  const access = readAccessConfiguration(change, await identity.accessSettings.get(), tokenSeconds);
  const instance = readInstanceConfiguration(change, await configuration.settings.get());
  const quota = readQuotaConfiguration(change, await policies.quotas.defaults());
  const audit = readAuditConfiguration(change, await configuration.auditSettings());
  assertAuthMode(
    change,
    [...all, ...providers.map(({ wanted }) => wanted)].map(({ kind }) => kind),
  );
  // Who may have accounts and what robots are called is for administrators in person, here as at its own route.
  if (access !== undefined && !isAdministrator(actor.principal)) throw refusal(actor.principal);
  if (audit !== undefined && !(await canOperate(projects.permissions, actor.principal, 'changeAudit')))
    throw refusal(actor.principal);
  const isChange = [access, instance, quota, audit].some((part) => part !== undefined) || providers.length > 0;
  if (isChange) await configuration.change({ access, instance, quota, audit, providers }, actor);
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
