import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { answerDistribution } from './api/distribution/distribution-api.ts';
import { registerProjectRoutes } from './api/harbor/projects/project-routes.ts';
import { registerTokenRoutes } from './api/token/token-routes.ts';
import type { Config } from './config/config.ts';
import { locateInstance } from './control-plane/instances/instance-location.ts';
import { createInstancePool, type InstancePool } from './control-plane/instances/instance-pool.ts';
import { openControlPlane } from './control-plane.ts';
import { holdDataFolder } from './hold-data-folder.ts';
import { authenticate, authenticateBasic } from './http/authentication.ts';
import { type ClientAddresses, createClientAddresses } from './http/client-addresses.ts';
import type { Exchange } from './http/exchange.ts';
import { registerHealthRoutes } from './http/health-routes.ts';
import { HttpApp } from './http/http-app.ts';
import { closeServer, createHttpServer, listen } from './http/http-server.ts';
import { originOf } from './http/known-hosts.ts';
import { createManagementApp, type ManagementApp } from './http/management-app.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { createMetricsServer } from './http/metrics-server.ts';
import { registerStatistics } from './http/statistics-metrics.ts';
import { openTlsFiles } from './http/tls-files.ts';
import { createPasswordHasher } from './identity/password-hasher.ts';
import { ADMINISTRATOR, type Instance, type InstanceDeps, openInstance } from './instance.ts';
import { systemClock } from './kernel/clock.ts';
import { ProductError } from './kernel/errors.ts';
import { systemIds } from './kernel/ids.ts';
import { shareResult } from './kernel/share-result.ts';

export interface ServerDeps {
  readonly config: Config;
  readonly logger: Logger;
  /** The password of an instance's administrator when the instance is opened for the first time. */
  readonly firstPassword: (instanceId: string) => string;
}

export interface RunningServer {
  /** Where it listens, as an origin. */
  readonly url: string;
  /** Reads the TLS files again. */
  reloadTls(): void;
  /** Readiness off, then no new connections, then the rest of what is under way, then the instances. */
  stop(): Promise<void>;
}

const HEALTH_SHARED_MS = 1_000;

/** The composition root: configuration → control plane → instance pool → HTTP. */
export async function startServer(deps: ServerDeps): Promise<RunningServer> {
  const { config, logger } = deps;
  await using starting = new AsyncDisposableStack();
  starting.adopt(holdDataFolder(config.dataDir), (held) => held.release());
  const controlPlane = starting.adopt(await openControlPlane(config, systemClock), (opened) => opened.close());
  const passwordHasher = starting.adopt(createPasswordHasher({ ids: systemIds }), (opened) => opened.close());
  const onError = (error: unknown) => logger.error({ err: error }, 'work in the background failed');
  const open = new Set<Instance>();
  const pool = createInstancePool<Instance>({
    registry: controlPlane.registry,
    maxOpen: config.maxOpenInstances,
    clock: systemClock,
    onError,
    openInstance: async (record) => {
      const shared = { masterKey: controlPlane.masterKey, passwordHasher, onError };
      const instance = await openWithAdministrator(record, deps, shared);
      open.add(instance);
      const close = () => {
        open.delete(instance);
        return instance.close();
      };
      return { ...instance, close };
    },
  });
  starting.defer(() => pool.close());
  const metrics = createMetrics();
  registerStatistics(metrics.registry, open);
  const web = createWeb(deps, pool, metrics);
  if (web.tls !== undefined) starting.adopt(web.tls, (files) => files.close());
  registerHealthRoutes(web.management.fastify, {
    isDraining: () => web.isDraining(),
    checkHealth: shareResult(HEALTH_SHARED_MS, systemClock, async () => {
      await controlPlane.database.checkHealth();
      await checkDefaultInstance(pool);
    }),
  });
  await web.management.fastify.ready();
  // What is wrong with the only registry shows at the start, not at its first request.
  await checkDefaultInstance(pool);
  await listenEverywhere(config, web.servers);
  const metricsServer = await startMetrics(config, metrics, logger);
  const resources = starting.move();
  return {
    url: `${config.tls === undefined ? 'http' : 'https'}://${printableHost(config.listen)}`,
    reloadTls: () => web.tls?.reload(),
    stop: async () => {
      web.drain();
      await new Promise((resolve) => setTimeout(resolve, config.shutdown.delayMs));
      await Promise.all(web.servers.map((server) => closeServer(server, config.shutdown.graceMs)));
      metricsServer?.close();
      await resources.disposeAsync();
    },
  };
}

async function openWithAdministrator(
  record: { readonly id: string; readonly hosts: readonly string[] },
  { config, firstPassword }: ServerDeps,
  shared: Pick<InstanceDeps, 'masterKey' | 'passwordHasher' | 'onError'>,
): Promise<Instance> {
  const location = locateInstance(config.dataDir, record.id);
  const instance = await openInstance(record, { ...shared, config, location, clock: systemClock, ids: systemIds });
  const { users } = instance.identity;
  if ((await users.findByName(ADMINISTRATOR)) === undefined) {
    await users.ensureAdministrator(ADMINISTRATOR, firstPassword(record.id));
  }
  return instance;
}

async function checkDefaultInstance(pool: InstancePool<Instance>): Promise<void> {
  using lease = await pool.forId('main');
  await lease?.instance.checkHealth();
}

interface Web {
  /** One for each address; all answer alike. */
  readonly servers: readonly Server[];
  readonly management: ManagementApp;
  readonly tls: ReturnType<typeof openTlsFiles> | undefined;
  isDraining(): boolean;
  drain(): void;
}

function createWeb(deps: ServerDeps, pool: InstancePool<Instance>, metrics: Metrics): Web {
  const { config, logger } = deps;
  const addresses = createClientAddresses(config.trustedProxies);
  const tls =
    config.tls &&
    openTlsFiles(config.tls, (error) =>
      logger.error({ err: error }, 'the new TLS files cannot be used: the old ones stay'),
    );
  const instances = new WeakMap<Exchange, Instance>();
  const bind = (exchange: Exchange) => bindInstance(exchange, { config, pool, addresses, instances });
  let isDraining = false;
  const app = new HttpApp({
    ids: systemIds,
    logger,
    metrics,
    addresses,
    maxRequestsPerAddress: config.limits.maxRequestsPerAddress,
    answerRegistry: async (exchange) => {
      const instance = await bind(exchange);
      exchange.authentication = await authenticate(
        exchange.header('authorization'),
        exchange.address,
        instance.identity,
      );
      await answerDistribution(exchange, instance, {
        maxManifestBytes: config.maxManifestBytes,
        minChunkBytes: config.minChunkBytes,
        minBodyBytesPerSecond: config.limits.minBodyBytesPerSecond,
        createsProjectsOnPush: config.createProjectsOnPush,
        warning: config.warning,
      });
    },
    answerOther: async (exchange) => {
      if (exchange.path.startsWith('/api/') || exchange.path.startsWith('/service/')) await bind(exchange);
      management.answer(exchange);
    },
  });
  const listeners = 1 + (config.instancePorts === undefined ? 0 : portsOf(config.instancePorts).length);
  const servers = Array.from({ length: listeners }, () =>
    createHttpServer({ limits: config.limits, tls, answer: (...request) => app.answer(...request) }),
  );
  const management = createManagementApp(servers[0] as Server, logger);
  registerRoutes(management, instances);
  return {
    servers,
    management,
    tls,
    isDraining: () => isDraining,
    drain: () => {
      isDraining = true;
      app.drain();
    },
  };
}

/** Picks the instance of the request's host and holds it open until the answer is complete. */
async function bindInstance(
  exchange: Exchange,
  deps: {
    readonly config: Config;
    readonly pool: InstancePool<Instance>;
    readonly addresses: ClientAddresses;
    readonly instances: WeakMap<Exchange, Instance>;
  },
): Promise<Instance> {
  const { config, pool, addresses, instances } = deps;
  const host = exchange.header('host') ?? '';
  const lease = await pool.forHost(host);
  if (lease === undefined) throw new ProductError('NOT_FOUND', 'No registry answers to this host name here.');
  if (exchange.response.closed) lease.release();
  else exchange.response.once('close', () => lease.release());
  const { hosts } = lease.instance;
  exchange.origin = originOf(exchange.request, { externalUrl: config.externalUrl, hosts }, addresses);
  instances.set(exchange, lease.instance);
  return lease.instance;
}

function registerRoutes({ fastify, exchangeOf }: ManagementApp, instances: WeakMap<Exchange, Instance>): void {
  const instanceOf = (exchange: Exchange): Instance => {
    const instance = instances.get(exchange);
    if (instance === undefined) throw new Error('this path is not one of an instance');
    return instance;
  };
  fastify.addHook('onRequest', async (request) => {
    const exchange = exchangeOf(request);
    if (!exchange.path.startsWith('/api/')) return;
    const { identity } = instanceOf(exchange);
    exchange.authentication = await authenticateBasic(exchange.header('authorization'), exchange.address, identity);
  });
  registerTokenRoutes(fastify, {
    instanceOf: (request) => instanceOf(exchangeOf(request)),
    addressOf: (request) => exchangeOf(request).address,
  });
  registerProjectRoutes(fastify, {
    instanceOf: (request) => instanceOf(exchangeOf(request)),
    actorOf: (request) => exchangeOf(request).actor,
  });
}

async function listenEverywhere(config: Config, servers: readonly Server[]): Promise<void> {
  const { host, port } = config.listen;
  const ports = [port, ...(config.instancePorts === undefined ? [] : portsOf(config.instancePorts))];
  for (const [index, server] of servers.entries()) await listen(server, { host, port: ports[index] ?? port });
}

function portsOf({ first, last }: { readonly first: number; readonly last: number }): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

async function startMetrics(config: Config, metrics: Metrics, logger: Logger): Promise<Server | undefined> {
  const address = config.metrics.listen;
  if (address === undefined) return undefined;
  const server = createMetricsServer(metrics.registry);
  try {
    await listen(server, address);
    return server;
  } catch (error) {
    if (!config.metrics.isDefault) throw error;
    logger.warn(`there are no metrics: the address ${printableHost(address)} is taken (ROADSTEAD_METRICS_LISTEN)`);
    return undefined;
  }
}

function printableHost({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
