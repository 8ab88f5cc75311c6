import type { Server } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { answerDistribution } from './api/distribution/distribution-api.ts';
import { registerTokenRoutes } from './api/token/token-routes.ts';
import { createBlobStorages } from './blob-storages.ts';
import type { Config } from './config/config.ts';
import { DEFAULT_INSTANCE_ID } from './control-plane/instances/instance-id.ts';
import type { InstancePool } from './control-plane/instances/instance-pool.ts';
import { type ControlPlane, openControlPlane } from './control-plane.ts';
import { createAccelerators } from './http/accelerators/create-accelerators.ts';
import { REFUSED_OPERATION } from './http/access-log.ts';
import { assertNotForged, CSRF_HEADER } from './http/assert-not-forged.ts';
import { authenticate, authenticateManagement, principalOf } from './http/authentication.ts';
import { type ClientAddresses, createClientAddresses } from './http/client-addresses.ts';
import type { Exchange } from './http/exchange.ts';
import { registerHealthRoutes } from './http/health-routes.ts';
import { HttpApp } from './http/http-app.ts';
import { createHttpServer } from './http/http-server.ts';
import { isSecureRequest, originOf } from './http/known-hosts.ts';
import { listenOrigin } from './http/listen-origin.ts';
import { createManagementApp, type ManagementApp } from './http/management-app.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { startMetricsServer } from './http/metrics-server.ts';
import { renderManagementError } from './http/render-management-error.ts';
import { RequestLimits } from './http/request-limits.ts';
import { purposeOf } from './http/request-purpose.ts';
import { registerStatistics } from './http/statistics-metrics.ts';
import { openTlsFiles } from './http/tls-files.ts';
import { registerWakingMetrics } from './http/waking-metrics.ts';
import { createPasswordHasher } from './identity/password-hasher.ts';
import { assertPasswordChosen } from './identity/users/assert-password-chosen.ts';
import type { Instance } from './instance.ts';
import { systemClock } from './kernel/clock.ts';
import { createEgressGuard } from './kernel/egress-guard.ts';
import { ProductError } from './kernel/errors.ts';
import { systemIds } from './kernel/ids.ts';
import { shareResult } from './kernel/share-result.ts';
import { MANAGEMENT_ROUTES } from './management-routes.ts';
import { listAddresses } from './processes/list-addresses.ts';
import { createNodeLocks, type NodeLocks } from './processes/node-locks.ts';
import { openOwnServices } from './processes/open-own-services.ts';
import type { ServerServices } from './processes/server-services.ts';
import { openServerInstances } from './server-instances.ts';

export interface ServerDeps {
  readonly config: Config;
  readonly logger: Logger;
  /** The password of an instance's administrator when the instance is opened for the first time. */
  readonly firstPassword: (instanceId: string) => string | Promise<string>;
  /** Told of what the server cannot go on without. */
  readonly onFatal: (error: Error) => void;
  /** Default: those of a server that is one process. */
  readonly services?: ServerServices;
}

export interface RunningServer {
  /** Where it listens, as an origin. */
  readonly url: string;
  /** Reads the TLS files again. */
  reloadTls(): void;
  /** What it counts, up to date. */
  readMetrics(): Promise<Registry>;
  /** Readiness off, then no new connections, then the rest of what is under way, then the instances. */
  stop(): Promise<void>;
}

const HEALTH_SHARED_MS = 1_000;

/** The composition root: configuration → control plane → instance pool → HTTP. */
export async function startServer(deps: ServerDeps): Promise<RunningServer> {
  const { config, logger, firstPassword } = deps;
  await using starting = new AsyncDisposableStack();
  const services = starting.adopt(deps.services ?? openOwnServices(config, deps.onFatal), (opened) => opened.close());
  const controlPlane = starting.adopt(await openControlPlane(config, systemClock), (opened) => opened.close());
  const onError = (error: unknown) => logger.error({ err: error }, 'work in the background failed');
  const locks = starting.adopt(openLocks(config, controlPlane, services, onError), (opened) => opened.close());
  const storages = starting.adopt(createBlobStorages(config), (opened) => opened.close());
  const passwordHasher = starting.adopt(createPasswordHasher({ ids: systemIds }), (opened) => opened.close());
  const egressGuard = starting.adopt(createEgressGuard({ allow: config.egressAllow }), (opened) => opened.close());
  const metrics = createMetrics();
  const waking = registerWakingMetrics(metrics.registry, { clock: systemClock, onError });
  const shared = {
    config,
    logger,
    firstPassword,
    controlPlane,
    services,
    locks,
    storages,
    passwordHasher,
    egressGuard,
  };
  const onWake = (latenessMs: number) => waking.noteWake(latenessMs);
  const instances = starting.adopt(await openServerInstances({ ...shared, onWake }), (opened) => opened.close());
  const { pool } = instances;
  const refreshStatistics = registerStatistics(metrics.registry, {
    clock: systemClock,
    forEachOpen: (count) => pool.forEachOpen(count),
    onError,
  });
  const web = createWeb(deps, pool, metrics);
  if (web.tls !== undefined) starting.adopt(web.tls, (files) => files.close());
  registerHealthRoutes(web.management.fastify, {
    isDraining: () => web.isDraining(),
    checkHealth: shareResult(HEALTH_SHARED_MS, systemClock, async () => {
      await controlPlane.database.checkHealth();
      await checkInstances(pool);
    }),
  });
  await web.management.fastify.ready();
  // What is wrong with the only registry shows at the start, not at its first request.
  await checkInstances(pool);
  const readMetrics = async () => {
    await refreshStatistics();
    await waking.refresh(() => instances.countSleeping());
    return metrics.registry;
  };
  const metricsServer = services.isOneOfSeveral ? undefined : await startMetricsServer(config, logger, readMetrics);
  starting.defer(() => void metricsServer?.close());
  const listening = await services.listen(web.servers, listAddresses(config));
  instances.start();
  const resources = starting.move();
  return {
    url: listenOrigin(config),
    reloadTls: () => web.tls?.reload(),
    readMetrics,
    stop: async () => {
      web.drain();
      await new Promise((resolve) => setTimeout(resolve, config.shutdown.delayMs));
      await listening.close(config.shutdown.graceMs);
      await resources.disposeAsync();
    },
  };
}

/** On PostgreSQL other nodes may work on the same instances; on SQLite all of them are on this machine. */
function openLocks(
  { databaseUrl }: Config,
  { database }: ControlPlane,
  { locks }: ServerServices,
  onError: (error: unknown) => void,
): NodeLocks {
  if (databaseUrl === undefined) return { acquire: (...lock) => locks.acquire(...lock), close: async () => undefined };
  return createNodeLocks({ database, local: locks, holder: systemIds.uuid(), onError });
}

/** Checks `main`, if there is one, whether or not anybody has asked for it yet, and every other instance that is open. */
async function checkInstances(pool: InstancePool<Instance>): Promise<void> {
  using _main = await pool.forId(DEFAULT_INSTANCE_ID);
  await pool.forEachOpen(async (instance) => {
    await instance.checkHealth().catch((cause: unknown) => {
      const reason = cause instanceof ProductError ? `: ${cause.message}` : '';
      throw new ProductError('UNAVAILABLE', `the instance ${instance.id} is not ready${reason}`, { cause });
    });
  });
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
  const accelerators = createAccelerators(config, addresses);
  const instances = new WeakMap<Exchange, Instance>();
  const bind = async (exchange: Exchange) => {
    const instance = await bindInstance(exchange, { config, pool, addresses, instances });
    await assertInNetwork(exchange, instance, metrics);
    limits.enterInstance(exchange, instance.id);
    return instance;
  };
  const limits = createRequestLimits(config, metrics);
  let isDraining = false;
  const app = new HttpApp({
    ids: systemIds,
    logger,
    metrics,
    addresses,
    limits,
    answerRegistry: async (exchange) => {
      const instance = await bind(exchange);
      exchange.authentication = await authenticate(exchange.header('authorization'), exchange.actor, instance.identity);
      limits.enterPrincipal(exchange, instance.id);
      const principal = principalOf(exchange.authentication);
      assertPasswordChosen(principal);
      await instance.identity.secondFactorRule.assertEnrolled(principal);
      if (changesSomething(exchange)) await instance.configuration.settings.assertWritable();
      await answerDistribution(exchange, instance, {
        beginTransfer: () => limits.enterTransfer(exchange, instance.id),
        maxManifestBytes: config.maxManifestBytes,
        minChunkBytes: config.minChunkBytes,
        minBodyBytesPerSecond: config.limits.minBodyBytesPerSecond,
        createsProjectsOnPush: config.createProjectsOnPush,
        accelerators,
        warning: config.warning,
      });
    },
    answerOther: async (exchange) => {
      if (purposeOf(exchange.path) !== undefined) await bind(exchange);
      management.answer(exchange);
    },
  });
  const createListener = () =>
    createHttpServer({
      limits: config.limits,
      tls,
      addresses,
      answer: (...request) => app.answer(...request),
      onRefusal: (refusal) => app.refuse(refusal),
    });
  const server = createListener();
  const servers = listAddresses(config).map((_, index) => (index === 0 ? server : createListener()));
  const management = createManagementApp(server, logger);
  registerRoutes(management, instances, limits);
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

function changesSomething({ method }: Exchange): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

function createRequestLimits({ limits }: Config, { refusals }: Metrics): RequestLimits {
  return new RequestLimits({
    limits,
    now: () => performance.now(),
    onRefusal: (kind) => refusals.inc({ kind }),
  });
}

/** Picks the instance of the request's host, or of its port, and holds it open until the request is over. */
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
  if (config.role === 'worker') {
    throw new ProductError('NOT_FOUND', 'This node works in the background only: the others answer requests.');
  }
  const lease = await pool.forHost(exchange.host ?? '', findInstancePort(exchange, config));
  if (lease === undefined) throw new ProductError('NOT_FOUND', 'No registry answers to this host name here.');
  exchange.life.onOver(() => lease.release());
  const { id, hosts } = lease.instance;
  const externalUrl = id === DEFAULT_INSTANCE_ID ? config.externalUrl : undefined;
  exchange.origin = originOf(exchange.request, { externalUrl, hosts }, addresses);
  exchange.externalOrigin = externalUrl === undefined ? exchange.origin : new URL(externalUrl).origin;
  exchange.isSecure = isSecureRequest(exchange.request, addresses);
  instances.set(exchange, lease.instance);
  return lease.instance;
}

/** Before anybody looks at credentials. @throws ProductError DENIED */
async function assertInNetwork(exchange: Exchange, { networkRules }: Instance, metrics: Metrics): Promise<void> {
  const purpose = purposeOf(exchange.path);
  if (purpose === undefined) return;
  try {
    await networkRules.assertAllowed(purpose, exchange.address);
  } catch (error) {
    exchange.operation = REFUSED_OPERATION;
    if (error instanceof ProductError) metrics.refusals.inc({ kind: 'network-rules' });
    throw error;
  }
}

/** The listener's port, if it is one of those that instances have for themselves. */
function findInstancePort({ request }: Exchange, { instancePorts }: Config): number | undefined {
  const port = request.socket.localPort;
  if (port === undefined || instancePorts === undefined) return undefined;
  return instancePorts.first <= port && port <= instancePorts.last ? port : undefined;
}

function registerRoutes(
  { fastify, exchangeOf }: ManagementApp,
  instances: WeakMap<Exchange, Instance>,
  limits: RequestLimits,
): void {
  const instanceOf = (exchange: Exchange): Instance => {
    const instance = instances.get(exchange);
    if (instance === undefined) throw new Error('this path is not one of an instance');
    return instance;
  };
  // What is refused before a route of one of the APIs has it.
  fastify.setErrorHandler((error, _request, reply) => renderManagementError(error, reply));
  fastify.addHook('onRequest', async (request, reply) => {
    const exchange = exchangeOf(request);
    if (purposeOf(exchange.path) !== 'management') return;
    const { id, identity, configuration } = instanceOf(exchange);
    const authentication = await exchange.life.run(() => authenticateManagement(exchange, identity));
    exchange.authentication = authentication;
    limits.enterPrincipal(exchange, id);
    const { isSignIn, isOpenBeforePasswordChange, isOpenBeforeEnrolment, isOpenInReadOnlyMode } =
      request.routeOptions.config;
    if (authentication.kind === 'session') {
      reply.header('cache-control', 'no-store').header(CSRF_HEADER, authentication.csrfToken);
      if (isSignIn !== true) assertNotForged(exchange, authentication.csrfToken);
    }
    const principal = principalOf(authentication);
    if (isOpenBeforePasswordChange !== true) assertPasswordChosen(principal);
    if (isOpenBeforeEnrolment !== true) {
      await exchange.life.run(() => identity.secondFactorRule.assertEnrolled(principal));
    }
    if (isSignIn !== true && isOpenInReadOnlyMode !== true && changesSomething(exchange)) {
      await exchange.life.run(() => configuration.settings.assertWritable());
    }
  });
  registerTokenRoutes(fastify, {
    instanceOf: (request) => instanceOf(exchangeOf(request)),
    originOf: (request) => exchangeOf(request).actor,
  });
  const management = {
    instanceOf: (request: FastifyRequest) => instanceOf(exchangeOf(request)),
    actorOf: (request: FastifyRequest) => exchangeOf(request).actor,
    exchangeOf,
  };
  for (const register of MANAGEMENT_ROUTES) register(fastify, management);
}
