import path from 'node:path';
import { ConfigurationError } from '../kernel/errors.ts';
import type { ConfigFile } from './config-file.ts';
import type { Env } from './env.ts';
import type { S3Config } from './read-blobs.ts';
import { type EffectiveSetting, resolveSettings } from './resolve-settings.ts';
import type { ListenAddress, PortRange } from './setting-text.ts';
import type { SettingValues } from './settings.ts';

export type { S3Config } from './read-blobs.ts';
export type { ListenAddress, PortRange } from './setting-text.ts';

/** What the operator decided, checked and typed. Paths are absolute; times are in milliseconds. */
export interface Config {
  readonly listen: ListenAddress;
  /** An origin without a slash at its end. */
  readonly externalUrl: string | undefined;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly dataDir: string;
  /** Undefined means SQLite files in the data folder. */
  readonly databaseUrl: string | undefined;
  readonly databaseConnections: number;
  /** A standby of the same database that may answer long lists. */
  readonly databaseReplicaUrl: string | undefined;
  /** Undefined means a folder below the data folder. */
  readonly blobs: S3Config | undefined;
  readonly adminPassword: string | undefined;
  readonly masterKeyFile: string | undefined;
  /** The key before it, while its place is being taken. */
  readonly masterKeyPreviousFile: string | undefined;
  readonly sparseIndexes: boolean;
  readonly createProjectsOnPush: boolean;
  readonly maxManifestBytes: number;
  /** What clients are told as the smallest chunk; 0 tells nothing. */
  readonly minChunkBytes: number;
  readonly uploadExpiryMs: number;
  readonly tokenTtlMs: number;
  readonly providerRefreshMs: number;
  /** The text of the `Warning` header on `/v2`. */
  readonly warning: string | undefined;
  /** Networks in CIDR notation. */
  readonly trustedProxies: readonly string[];
  /** The path that an nginx in front keeps for the data folder, without a slash at its end. */
  readonly accelRedirect: string | undefined;
  readonly sendfile: boolean;
  /** Networks in CIDR notation and host names; `*.example.com` is every name below example.com. */
  readonly egressAllow: readonly string[];
  /** Whether this node answers requests, works in the background, or both. */
  readonly role: SettingValues['role'];
  /** Processes that serve requests; with more than one a primary process beside them holds the writer. */
  readonly processes: number;
  readonly instanceDomain: string | undefined;
  readonly instancePorts: PortRange | undefined;
  readonly maxOpenInstances: number;
  readonly collection: {
    readonly intervalMs: number;
    readonly reviewDelayMs: number;
    readonly pushWindowMs: number;
    readonly trashWindowMs: number;
    readonly strayGraceMs: number;
    readonly capBytes: number;
  };
  /** 0 switches the scrub off. */
  readonly scrubBytesPerSecond: number;
  /** 0: nothing is shipped to the blob storage. */
  readonly recoveryIntervalMs: number;
  readonly audit: {
    /** Between two looks for what is not in the audit log yet. */
    readonly intervalMs: number;
    /** Each checkpoint of the audit logs is appended to it. */
    readonly witnessFile: string | undefined;
  };
  readonly metrics: {
    /** Undefined means no metrics listener. */
    readonly listen: ListenAddress | undefined;
    /** Nobody asked for this address: when its port is busy the start goes on without it, with a warning. */
    readonly isDefault: boolean;
  };
  readonly logLevel: SettingValues['logLevel'];
  readonly limits: HttpLimits;
  readonly shutdown: { readonly delayMs: number; readonly graceMs: number };
}

/** Limits of the listener; 0 switches a count or a rate off. */
export interface HttpLimits {
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly minBodyBytesPerSecond: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxRequestsPerAddress: number;
  /** Requests in flight. */
  readonly maxRequests: ScopedLimits;
  /** Blobs on their way in or out. */
  readonly maxTransfers: ScopedLimits;
  /** Requests per second. */
  readonly requestRate: ScopedLimits;
}

/** A limit for each of those for whom something is counted; 0 switches it off. */
export interface ScopedLimits {
  /** A user, robot or token. */
  readonly principal: number;
  /** A /24 of IPv4, a /64 of IPv6. */
  readonly network: number;
  readonly instance: number;
}

export interface ConfigSources {
  readonly env: Env;
  readonly file?: ConfigFile | undefined;
  /** Relative paths of the environment start here; those of a file start at the file. Default: the current folder. */
  readonly workingDir?: string;
}

/** The configuration with its origins and everything that is wrong with it. */
export interface ConfigReport {
  /** Undefined when there are problems. */
  readonly config: Config | undefined;
  /** Sentences that name the setting and say what would be right. */
  readonly problems: readonly string[];
  readonly settings: readonly EffectiveSetting[];
}

/**
 * Reads the configuration; the environment wins over the file, and both over the defaults.
 * @throws ConfigurationError one sentence about the first problem, and how many more there are
 */
export function readConfig(sources: ConfigSources): Config {
  const { config, problems } = inspectConfig(sources);
  const [first, ...others] = problems;
  if (config !== undefined && first === undefined) return config;
  const more = others.length === 0 ? '' : ` (and ${others.length} more: see \`roadstead config check\`)`;
  throw new ConfigurationError(`${first}${more}`);
}

/** Reads the configuration and collects every problem instead of stopping at the first. */
export function inspectConfig(sources: ConfigSources): ConfigReport {
  const { env, file, workingDir = process.cwd() } = sources;
  const { values, settings, problems } = resolveSettings({ env, file, workingDir });
  const isDefault = settings.some(({ name, source }) => name === 'metricsListen' && source === 'default');
  const config = values === undefined ? undefined : composeConfig(values, isDefault);
  return { config, problems, settings };
}

function composeConfig(values: SettingValues, isMetricsDefault: boolean): Config {
  const { tlsCert, tlsKey } = values;
  return {
    listen: values.listen,
    externalUrl: values.externalUrl,
    tls: tlsCert === undefined || tlsKey === undefined ? undefined : { certFile: tlsCert, keyFile: tlsKey },
    dataDir: path.resolve(values.data),
    databaseUrl: values.databaseUrl,
    databaseConnections: values.databaseConnections,
    databaseReplicaUrl: values.databaseReplicaUrl,
    blobs: values.blobs,
    adminPassword: values.adminPassword,
    masterKeyFile: values.masterKeyFile,
    masterKeyPreviousFile: values.masterKeyPreviousFile,
    sparseIndexes: values.sparseIndexes,
    createProjectsOnPush: values.createProjectsOnPush,
    maxManifestBytes: values.maxManifestBytes,
    minChunkBytes: values.minChunk,
    uploadExpiryMs: values.uploadExpiry,
    tokenTtlMs: values.tokenTtl,
    providerRefreshMs: values.providerRefresh,
    warning: values.warning,
    trustedProxies: values.trustedProxies,
    accelRedirect: values.accelRedirect,
    sendfile: values.sendfile,
    egressAllow: values.egressAllow,
    role: values.role,
    processes: values.processes,
    instanceDomain: values.instanceDomain,
    instancePorts: values.instancePorts,
    maxOpenInstances: values.maxOpenInstances,
    collection: {
      intervalMs: values.collectionInterval,
      reviewDelayMs: values.collectionDelay,
      pushWindowMs: values.pushWindow,
      trashWindowMs: values.trashWindow,
      strayGraceMs: values.strayGrace,
      capBytes: values.collectionCap,
    },
    scrubBytesPerSecond: values.scrubRate,
    recoveryIntervalMs: values.recoveryInterval,
    audit: { intervalMs: values.auditInterval, witnessFile: values.auditWitnessFile },
    metrics: { listen: values.metricsListen, isDefault: isMetricsDefault },
    logLevel: values.logLevel,
    limits: composeLimits(values),
    shutdown: { delayMs: values.shutdownDelay, graceMs: values.shutdownGrace },
  };
}

function composeLimits(values: SettingValues): HttpLimits {
  return {
    headersTimeoutMs: values.headersTimeout,
    keepAliveTimeoutMs: values.keepAliveTimeout,
    minBodyBytesPerSecond: values.minBodyRate,
    maxConnections: values.maxConnections,
    maxConnectionsPerAddress: values.maxConnectionsPerAddress,
    maxRequestsPerAddress: values.maxRequestsPerAddress,
    maxRequests: {
      principal: values.maxRequestsPerPrincipal,
      network: values.maxRequestsPerNetwork,
      instance: values.maxRequestsPerInstance,
    },
    maxTransfers: {
      principal: values.maxTransfersPerPrincipal,
      network: values.maxTransfersPerNetwork,
      instance: values.maxTransfersPerInstance,
    },
    requestRate: {
      principal: values.requestRatePerPrincipal,
      network: values.requestRatePerNetwork,
      instance: values.requestRatePerInstance,
    },
  };
}
