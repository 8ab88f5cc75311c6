import { LIMIT_SETTINGS } from './limit-settings.ts';
import { readBlobs } from './read-blobs.ts';
import { type Setting, setting } from './setting.ts';
import {
  readChoice,
  readDuration,
  readHostName,
  readInteger,
  readList,
  readListenAddress,
  readNetwork,
  readNetworkOrHost,
  readOrigin,
  readPassword,
  readPlain,
  readPortRange,
  readPostgresUrl,
  readSize,
  readSwitch,
  readWarning,
  SettingTextError,
} from './setting-text.ts';

const MANIFEST_LIMIT = { minimum: 64 * 1024, maximum: 64 * 1024 * 1024 };

/** Every setting that Roadstead knows. The file's schema, the environment's names and the documentation come from here. */
export const SETTINGS = {
  listen: setting('text', readListenAddress, 'Address and port of the registry; `:8080` is every address.', {
    default: '127.0.0.1:8080',
  }),
  externalUrl: setting(
    'text',
    readOrigin,
    'Address under which clients reach the registry when it differs from the listen address (proxy, load balancer).',
  ),
  tlsCert: setting('path', readPlain, 'PEM file with the certificate and its chain; reloaded when it changes.'),
  tlsKey: setting('path', readPlain, 'PEM file with the private key of the certificate; reloaded when it changes.'),
  data: setting('path', readPlain, 'Data folder: databases, blobs, master key, generated admin password.', {
    default: './data',
  }),
  databaseUrl: setting(
    'text',
    readPostgresUrl,
    'PostgreSQL (15 or newer); without it SQLite files in the data folder.',
    {
      isSecret: true,
    },
  ),
  databaseReplicaUrl: setting(
    'text',
    readPostgresUrl,
    'A standby of the same PostgreSQL, which then answers long lists while it is up to date; everything else the primary does.',
    {
      isSecret: true,
    },
  ),
  databaseConnections: setting(
    'integer',
    readInteger(2, 500),
    'PostgreSQL connections of a process at most, for all of its instances.',
    {
      default: '20',
    },
  ),
  blobs: setting(
    'text',
    readBlobs,
    'S3 bucket for blobs: `s3://bucket/prefix?endpoint=https://…&region=…`; without it they lie in the data folder.',
    { isSecret: true },
  ),
  adminPassword: setting(
    'text',
    readPassword,
    'Password of `admin` at the first start; without it one is generated into `admin-password` in the data folder.',
    { isSecret: true },
  ),
  masterKeyFile: setting(
    'path',
    readPlain,
    'File with the key that seals secrets at rest (32 bytes: raw, hexadecimal or base64; not readable by everybody); ' +
      'without it one is generated into `master.key` in the data folder.',
  ),
  masterKeyPreviousFile: setting(
    'path',
    readPlain,
    'File with the master key before that one, while `roadstead admin rotate-keys --master` puts the new one in its place.',
  ),
  sparseIndexes: setting('switch', readSwitch, 'Accept image indexes that list manifests which are not here.', {
    default: 'false',
  }),
  createProjectsOnPush: setting(
    'switch',
    readSwitch,
    'A push by somebody who may create projects creates a missing one (private).',
    { default: 'false' },
  ),
  maxManifestBytes: setting(
    'size',
    readSize(MANIFEST_LIMIT.minimum, MANIFEST_LIMIT.maximum),
    'Largest manifest; larger ones are refused with 413. The default is 4 MiB and 64 KiB.',
    { default: '4160KiB' },
  ),
  minChunk: setting(
    'size',
    readSize(0, 2 ** 30),
    'Smallest chunk that clients are asked to send (`OCI-Chunk-Min-Length`); 0 asks nothing. Smaller ones are taken all the same.',
    { default: '0' },
  ),
  uploadExpiry: setting(
    'duration',
    readDuration('1m', '30d'),
    'Time after which an upload without progress is removed.',
    {
      default: '24h',
    },
  ),
  providerRefresh: setting(
    'duration',
    readDuration('0s', '24h'),
    'How old what an OpenID Connect provider said of somebody may be when it is gone by. Then the provider is asked again.',
    { default: '5m' },
  ),
  tokenTtl: setting('duration', readDuration('1m', '24h'), 'Lifetime of a registry token.', { default: '30m' }),
  warning: setting('text', readWarning, 'Text that goes to clients in the `Warning` header of `/v2` answers.'),
  trustedProxies: setting(
    'list',
    readList(readNetwork),
    'Networks of the proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed.',
    { default: '' },
  ),
  accelRedirect: setting(
    'text',
    readInternalPath,
    'Path such as `/internal-blobs` that an nginx in front keeps for the data folder: it sends blobs itself then ' +
      '(`X-Accel-Redirect`), to clients that come through one of the trusted proxies.',
  ),
  sendfile: setting(
    'switch',
    readSwitch,
    'Send blobs over plain HTTP with `sendfile(2)`, for less work of the processor (Linux on x64 and arm64).',
    { default: 'false' },
  ),
  egressAllow: setting(
    'list',
    readList(readNetworkOrHost),
    'Networks and host names inside your network to which users may make the server connect (the receiver of the audit log, webhooks, replication …).',
    { default: '' },
  ),
  role: setting(
    'text',
    readChoice('all', 'web', 'worker'),
    'What this node does: requests (`web`), work in the background (`worker`), or both. All but `all` need PostgreSQL.',
    { default: 'all' },
  ),
  processes: setting(
    'integer',
    readInteger(1, 64),
    'Processes on this machine that serve requests: one per core is a good choice.',
    {
      default: '1',
    },
  ),
  collectionInterval: setting(
    'duration',
    readDuration('10ms', '1d'),
    'Pause between two passes of the collector, which frees the space of what nobody lists any more.',
    { default: '30s' },
  ),
  collectionDelay: setting(
    'duration',
    readDuration('0s', '365d'),
    'How long a blob that no manifest of its repository lists any more stays before the collector judges it.',
    { default: '24h' },
  ),
  pushWindow: setting(
    'duration',
    readDuration('1s', '7d'),
    'How long a push may rely on the answer that a blob is here, whatever is deleted meanwhile.',
    { default: '1h' },
  ),
  trashWindow: setting(
    'duration',
    readDuration('0s', '365d'),
    'How long a deleted manifest can be restored; 0s keeps nothing.',
    { default: '7d' },
  ),
  strayGrace: setting(
    'duration',
    readDuration('0s', '365d'),
    'How long a stored file that no row knows is watched before it is removed.',
    { default: '24h' },
  ),
  collectionCap: setting(
    'size',
    readSize(0, 2 ** 50),
    'Bytes that the collector removes within a day without a confirmation; a tenth of all stored bytes where that is more.',
    { default: '1GiB' },
  ),
  scrubRate: setting(
    'size',
    readSize(0, 2 ** 40),
    'Bytes of stored copies that are read again in a second, to find those that the medium has damaged; 0 switches it off.',
    { default: '20MiB' },
  ),
  recoveryInterval: setting(
    'duration',
    readDuration('0s', '1d'),
    'Pause between two shipments of what has changed to the blob storage, from which a lost database is rebuilt; 0s ships nothing.',
    { default: '10s' },
  ),
  auditInterval: setting(
    'duration',
    readDuration('100ms', '1h'),
    'Pause between two looks for what is not in the verifiable audit log yet.',
    { default: '10s' },
  ),
  auditWitnessFile: setting(
    'path',
    readPlain,
    'File, best on another machine, to which each signed checkpoint of the audit logs is appended: with it a cut at their end is seen.',
  ),
  instanceDomain: setting(
    'text',
    readHostName,
    'Domain with wildcard DNS below which instances get their hosts (`<id>.<domain>`).',
  ),
  instancePorts: setting(
    'text',
    readPortRange,
    'Ports of which each instance gets one of its own on a machine without wildcard DNS, such as `9001-9099`.',
  ),
  maxOpenInstances: setting('integer', readInteger(1, 10_000), 'Instances kept open; idle ones beyond it are closed.', {
    default: '100',
  }),
  metricsListen: setting('text', readOptionalListen, 'Address and port of `/metrics`; empty switches it off.', {
    default: '127.0.0.1:9090',
    isEmptyAllowed: true,
  }),
  logLevel: setting(
    'text',
    readChoice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'Least severe message that is logged: trace, debug, info, warn, error, fatal or silent.',
    { default: 'info' },
  ),
  ...LIMIT_SETTINGS,
  shutdownDelay: setting(
    'duration',
    readDuration('0s', '5m'),
    'Time from the stop signal (when `/readyz` turns to 503) until no more connections are accepted.',
    { default: '0s' },
  ),
  shutdownGrace: setting(
    'duration',
    readDuration('0s', '1h'),
    'Time for requests in flight to end after the stop signal before they are cut off.',
    { default: '30s' },
  ),
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS).filter(isSettingName);

/** The typed values of all settings. */
export type SettingValues = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer Value, infer Default>
    ? Value | (Default extends string ? never : undefined)
    : never;
};

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** `externalUrl` → `ROADSTEAD_EXTERNAL_URL` */
export function environmentName(name: string): string {
  return `ROADSTEAD_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function readInternalPath(text: string): string {
  if (/^(?:\/[A-Za-z0-9_.~-]+)+$/.test(text)) return text;
  throw new SettingTextError(`must be a path such as /internal-blobs, without a slash at its end, not "${text}"`);
}

function readOptionalListen(text: string): ReturnType<typeof readListenAddress> | undefined {
  return text === '' ? undefined : readListenAddress(text);
}
