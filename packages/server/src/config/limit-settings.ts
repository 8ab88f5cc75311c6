import { type Setting, setting } from './setting.ts';
import { readDuration, readInteger, readSize } from './setting-text.ts';

/** What the listener allows; why these defaults stands in docs/limits.md. Counts and rates are those of one process. */
export const LIMIT_SETTINGS = {
  headersTimeout: setting(
    'duration',
    readDuration('1s', '10m'),
    'Time for a client to send the headers of a request.',
    {
      default: '15s',
    },
  ),
  keepAliveTimeout: setting(
    'duration',
    readDuration('1s', '1h'),
    'Time for which an idle connection is kept; let it be longer than the one of a load balancer in front.',
    { default: '75s' },
  ),
  minBodyRate: setting(
    'size',
    readSize(0, 2 ** 30),
    'Bytes per second that a request body must bring on average; slower ones are ended with 408. 0 switches it off.',
    { default: '1KiB' },
  ),
  maxConnections: setting('integer', readInteger(0, 1_000_000), 'Open client connections at most; 0 is no limit.', {
    default: '10000',
  }),
  maxConnectionsPerAddress: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Open connections from one address at most, but of trusted proxies; 0 is no limit.',
    { default: '5000' },
  ),
  maxRequestsPerAddress: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Requests in flight from one client address at most, 429 beyond it; 0 is no limit.',
    { default: '500' },
  ),
  maxRequestsPerPrincipal: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Requests in flight of one user, robot or token at most; 0 is no limit.',
    {
      default: '2000',
    },
  ),
  maxRequestsPerNetwork: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Requests in flight from one network (/24 of IPv4, /64 of IPv6) at most; 0 is no limit.',
    {
      default: '2000',
    },
  ),
  maxRequestsPerInstance: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Requests in flight of one instance at most; 0 is no limit.',
    {
      default: '0',
    },
  ),
  maxTransfersPerPrincipal: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Blobs that one user, robot or token pushes or pulls at once at most; 0 is no limit.',
    {
      default: '1000',
    },
  ),
  maxTransfersPerNetwork: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Blobs that one network pushes or pulls at once at most; 0 is no limit.',
    {
      default: '1000',
    },
  ),
  maxTransfersPerInstance: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Blobs that are pushed to and pulled from one instance at once at most; 0 is no limit.',
    {
      default: '0',
    },
  ),
  requestRatePerPrincipal: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Requests per second of one user, robot or token on average over ten seconds; 0 is no limit.',
    {
      default: '0',
    },
  ),
  requestRatePerNetwork: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Requests per second from one network on average over ten seconds; 0 is no limit.',
    {
      default: '0',
    },
  ),
  requestRatePerInstance: setting(
    'integer',
    readInteger(0, 1_000_000),
    'Requests per second of one instance on average over ten seconds; 0 is no limit.',
    {
      default: '0',
    },
  ),
} as const satisfies Readonly<Record<string, Setting>>;
