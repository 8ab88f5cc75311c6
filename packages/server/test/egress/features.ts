import { fetchIssuerKeys } from '../../src/identity/federation/fetch-issuer-keys.ts';
import { LdapDirectory } from '../../src/identity/ldap/ldap-directory.ts';
import { createGuardedFetch } from '../../src/identity/oidc/guarded-fetch.ts';
import type { EgressGuard } from '../../src/kernel/egress-guard.ts';
import { sendHttps } from '../../src/operations/audit-events/forwarding/send-https.ts';
import { sendSyslog } from '../../src/operations/audit-events/forwarding/send-syslog.ts';
import { deliverToS3 } from '../../src/operations/audit-log/witnesses/deliver-to-s3.ts';
import { deliverToWebhook } from '../../src/operations/audit-log/witnesses/deliver-to-webhook.ts';
import { sendMail } from '../../src/operations/mail/send-mail.ts';
import { pingRegistry } from '../../src/operations/registries/ping-registry.ts';
import { askAdapter } from '../../src/operations/scanning/ask-adapter.ts';
import { PUBLIC_NAME } from './name-corpus.ts';
import { PROVIDER_FEATURES } from './provider-features.ts';
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
/** A canary says nothing. */
const SILENCE_MS = 300;
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
  {
    name: 'discovery of an OpenID Connect provider',
    targets: listDeniedUrls('https'),
    allowed: `https://${PUBLIC_NAME}/`,
    attempt: async (guard, url, signal) => {
      const oidc = await import('openid-client');
      const fetch = createGuardedFetch(guard);
      // What the provider's own settings check before is left out: the guard has to do alone.
      await fetch(url, { method: 'GET', headers: {}, body: undefined, redirect: 'manual', signal });
      await oidc.discovery(new URL(url), 'registry', undefined, oidc.None(), { [oidc.customFetch]: fetch });
    },
  },
  {
    name: 'keys of an issuer of workload tokens',
    targets: listDeniedUrls('https'),
    allowed: `https://${PUBLIC_NAME}`,
    attempt: (guard, issuer) => fetchIssuerKeys({ guard, plainHttpHosts: [] }, issuer),
  },
  ...PROVIDER_FEATURES,
  registry('docker-registry', {}),
  registry('harbor', { isInsecure: true }),
  scanner(),
  ldap('LDAP', 'ldap', false),
  ldap('LDAP with StartTLS', 'ldap', true),
  ldap('LDAPS', 'ldaps', false),
  mail(25, 'none'),
  mail(587, 'starttls'),
  mail(465, 'tls'),
];

function ldap(name: string, scheme: 'ldap' | 'ldaps', startTls: boolean): Feature {
  return {
    name: `a directory by ${name}`,
    targets: listDeniedHosts(),
    allowed: PUBLIC_NAME,
    attempt: (guard, host) => {
      const settings = {
        url: `${scheme}://${host}`,
        startTls,
        baseDn: 'dc=example',
        timeoutSeconds: 1,
      };
      return new LdapDirectory(settings, guard).ping();
    },
  };
}

function registry(kind: string, { isInsecure = false }): Feature {
  const credentials = { accessKey: 'robot', accessSecret: 'secret' };
  return {
    name: `a registry of the kind ${kind}`,
    targets: listDeniedUrls('http'),
    allowed: `http://${PUBLIC_NAME}`,
    attempt: (guard, url, signal) =>
      pingRegistry(guard, { kind, url, isInsecure, caCertificate: '', credentials }, signal),
  };
}

function scanner(): Feature {
  const target = { auth: 'Bearer', credential: 'secret', isInsecure: false } as const;
  return {
    name: 'the adapter of a scanner',
    targets: listDeniedUrls('http'),
    allowed: `http://${PUBLIC_NAME}`,
    attempt: (guard, url, signal) => askAdapter(guard, { ...target, url }, signal),
  };
}

function mail(port: number, security: 'none' | 'starttls' | 'tls'): Feature {
  const sent = { from: { address: 'registry@example.test', name: 'Registry' }, to: 'carol@example.test' };
  const content = { subject: 'a test', text: 'a test', html: 'a test', messageId: '<1@example.test>', at: 0 };
  return {
    name: `mail, port ${port} (${security})`,
    targets: listDeniedHosts(),
    allowed: PUBLIC_NAME,
    attempt: (guard, host) =>
      sendMail({ host, port, security, verifiesCertificate: true }, { ...sent, ...content }, MAIL(guard)),
  };
}

const MAIL = (guard: Guard) => ({ guard, hostname: 'registry.test', password: undefined, silenceMs: SILENCE_MS });

function syslog(name: string, port: number, tls: boolean): Feature {
  return {
    name: `forwarding of the audit log by syslog over ${name}`,
    targets: listDeniedHosts(),
    allowed: PUBLIC_NAME,
    attempt: (guard, host, signal) =>
      sendSyslog({ kind: 'syslog', host, port, tls }, 'a frame', { guard, signal, silenceMs: 2_000 }),
  };
}
