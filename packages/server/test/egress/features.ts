import type { EgressGuard } from '../../src/kernel/egress-guard.ts';
import { sendHttps } from '../../src/operations/audit-events/forwarding/send-https.ts';
import { sendSyslog } from '../../src/operations/audit-events/forwarding/send-syslog.ts';
import { deliverToS3 } from '../../src/operations/audit-log/witnesses/deliver-to-s3.ts';
import { deliverToWebhook } from '../../src/operations/audit-log/witnesses/deliver-to-webhook.ts';
import { PUBLIC_NAME } from './name-corpus.ts';
import { listDeniedHosts, listDeniedUrls } from './url-corpus.ts';

export type Guard = Pick<EgressGuard, 'fetch' | 'lookup'>;

/** One way in which the server connects to what a user has named. */
export interface Feature {
  readonly name: string;
  readonly targets: readonly string[];
  /** Where a connection is right. */
  readonly allowed: string;
  attempt(guard: Guard, target: string, signal: AbortSignal): Promise<unknown>;
}

const CHECKPOINT = { origin: 'roadstead.test/log', size: 1, note: 'a checkpoint' };
const S3 = { region: 'eu', bucket: 'witness', prefix: '', accessKeyId: 'key' };

/** A feature that makes connections of its own gets a row here. */
export const FEATURES: readonly Feature[] = [
  {
    name: 'a fetch that follows redirects',
    targets: listDeniedUrls('http'),
    allowed: `http://${PUBLIC_NAME}/`,
    attempt: async (guard, url, signal) => (await guard.fetch(url, { signal })).text(),
  },
  {
    name: 'forwarding of the audit log by HTTPS',
    targets: listDeniedUrls('https'),
    allowed: `https://${PUBLIC_NAME}/`,
    attempt: (guard, url, signal) => sendHttps(url, [], { guard, signal, instanceId: 'main', bearerToken: 'secret' }),
  },
  syslog('TCP', 514, false),
  syslog('TLS', 6514, true),
  {
    name: 'a webhook as witness',
    targets: listDeniedUrls('http'),
    allowed: `http://${PUBLIC_NAME}/`,
    attempt: (guard, url, signal) => deliverToWebhook(guard, { url }, CHECKPOINT, signal),
  },
  {
    name: 'a bucket as witness',
    targets: listDeniedUrls('http'),
    allowed: `http://${PUBLIC_NAME}/`,
    attempt: (guard, endpoint, signal) =>
      deliverToS3(guard, { ...S3, endpoint }, { secretAccessKey: 'secret' }, CHECKPOINT, signal),
  },
];

function syslog(name: string, port: number, tls: boolean): Feature {
  return {
    name: `forwarding of the audit log by syslog over ${name}`,
    targets: listDeniedHosts(),
    allowed: PUBLIC_NAME,
    attempt: (guard, host, signal) =>
      sendSyslog({ kind: 'syslog', host, port, tls }, 'a frame', { guard, signal, silenceMs: 2_000 }),
  };
}
