import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Exchange } from '../../../http/exchange.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { readProductVersion } from '../../../kernel/product-version.ts';
import type { InstanceConfiguration } from '../../../operations/configuration/instance-configuration.ts';
import type { InstanceSystem } from '../../../operations/system/instance-system.ts';
import { refusal } from '../../../projects/project-access.ts';
import type { Projects } from '../../../projects/projects.ts';
import { inHarborsProjectCreation } from '../configurations/access-configuration.ts';
import { renderAuthMode } from '../configurations/auth-mode.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import * as contract from './system-info-contract.ts';
import type { GeneralInfo } from './system-info-models.ts';

interface SystemInstance {
  readonly identity: Pick<Identity, 'accessSettings' | 'loginProviders'>;
  readonly projects: Pick<Projects, 'permissions'>;
  readonly configuration: Pick<InstanceConfiguration, 'settings'>;
  readonly system: InstanceSystem;
}

export interface SystemInfoRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => SystemInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
  readonly exchangeOf: (request: FastifyRequest) => Exchange;
}

/** The Harbor whose API this is: its clients look at it to know what they can ask for. */
const HARBOR_VERSION = 'v2.15.0';

/** What the registry says of itself. */
export function registerSystemInfoRoutes(app: FastifyInstance, dependencies: SystemInfoRouteDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, contract.getSystemInfo, async (request) => {
      const instance = dependencies.instanceOf(request);
      const isKnown = dependencies.actorOf(request).principal.kind !== 'anonymous';
      const open = await describeToAnybody(instance);
      return isKnown ? { ...open, ...(await describeToKnown(instance, dependencies.exchangeOf(request))) } : open;
    });
    serveOperation(routes, contract.getVolumes, async (request) => {
      const { projects, system } = dependencies.instanceOf(request);
      const { principal } = dependencies.actorOf(request);
      const permission = { resource: 'system-volumes', action: 'read' };
      if (!(await projects.permissions.can(principal, permission, 'system'))) throw refusal(principal);
      const capacity = await system.measureStorage();
      return { storage: capacity === undefined ? [] : [{ total: capacity.totalBytes, free: capacity.freeBytes }] };
    });
    serveOperation(routes, contract.getCert, async (request, reply) => {
      const authority = await dependencies.instanceOf(request).system.readAuthority();
      if (authority === undefined) {
        throw new ProductError(
          'NOT_FOUND',
          'clients need no certificate of this registry: it has no authority of its own',
        );
      }
      reply.header('content-disposition', 'attachment; filename=ca.crt');
      return authority;
    });
  });
}

async function describeToAnybody({ identity, configuration }: SystemInstance): Promise<GeneralInfo> {
  const providers = await identity.loginProviders.list();
  const { auth_mode, primary_auth_mode } = renderAuthMode(providers);
  const { selfRegistration } = await identity.accessSettings.get();
  const oidc = providers.find(({ kind }) => kind === 'oidc');
  return {
    auth_mode: String(auth_mode),
    primary_auth_mode: primary_auth_mode === true,
    self_registration: selfRegistration,
    banner_message: (await configuration.settings.get()).bannerMessage,
    ...(oidc !== undefined && { oidc_provider_name: oidc.name }),
  };
}

async function describeToKnown(
  { identity, configuration, system }: SystemInstance,
  { externalOrigin }: Exchange,
): Promise<GeneralInfo> {
  const { isReadOnly, callsWebhooks } = await configuration.settings.get();
  const { projectCreation } = await identity.accessSettings.get();
  return {
    harbor_version: `${HARBOR_VERSION}-roadstead-${readProductVersion()}`,
    external_url: externalOrigin,
    registry_url: new URL(externalOrigin).host,
    project_creation_restriction: inHarborsProjectCreation(projectCreation),
    has_ca_root: (await system.readAuthority()) !== undefined,
    read_only: isReadOnly,
    notification_enable: callsWebhooks,
    registry_storage_provider_name: system.storageKind,
    current_time: new Date().toISOString(),
  };
}
