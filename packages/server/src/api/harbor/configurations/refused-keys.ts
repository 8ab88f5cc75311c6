import { ProductError } from '../../../kernel/errors.ts';
import type { Configuration } from './configuration.ts';

const NO_UAA = 'accounts of a UAA server are not known here: OpenID Connect is what it speaks, too';
const NO_PROXY = 'a proxy that names users is not believed here: use OpenID Connect, LDAP or workload rules';

/** Keys of Harbor's that nothing here follows, each with the reason; they may say that something is off. */
const REASONS: Readonly<Record<string, string>> = {
  uaa_client_id: NO_UAA,
  uaa_client_secret: NO_UAA,
  uaa_endpoint: NO_UAA,
  uaa_verify_cert: NO_UAA,
  http_authproxy_endpoint: NO_PROXY,
  http_authproxy_tokenreview_endpoint: NO_PROXY,
  http_authproxy_admin_groups: NO_PROXY,
  http_authproxy_admin_usernames: NO_PROXY,
  http_authproxy_verify_cert: NO_PROXY,
  http_authproxy_skip_search: NO_PROXY,
  http_authproxy_server_certificate: NO_PROXY,
  skip_audit_log_database: 'the audit log is always kept here: it proves that nothing of it was taken out',
  disabled_audit_log_event_types: 'the audit log is complete: only pulls can be left out, by pull_audit_log_disable',
  scanner_skip_update_pulltime: 'there are no scanners that pull yet',
};

/** Of these, Harbor's clients expect to be shown that they are off. */
const SHOWN: Configuration = {
  skip_audit_log_database: false,
  disabled_audit_log_event_types: '',
  scanner_skip_update_pulltime: false,
};

export const FIXED_KEYS: readonly string[] = Object.keys(SHOWN);
/** What says that something is off, or what Harbor's own default is. */
const OFF: readonly unknown[] = [undefined, null, '', false, -1];
const OFF_WHEN_TRUE: readonly string[] = ['http_authproxy_verify_cert', 'uaa_verify_cert'];

export function renderFixedKeys(): Configuration {
  return SHOWN;
}

/**
 * Clients send all keys that they know with each change.
 * @param known keys that something stands behind
 * @throws ProductError BAD_REQUEST that says why for a key of Harbor's, and names the keys that there are for another one
 */
export function assertKnownKeys(change: Configuration, known: readonly string[]): void {
  const other = Object.keys(change).find((key) => !known.includes(key) && !isOff(key, change[key]));
  if (other === undefined) return;
  const reason = Object.hasOwn(REASONS, other) ? REASONS[other] : undefined;
  if (reason !== undefined) throw new ProductError('BAD_REQUEST', `${other}: ${reason}`);
  const name = JSON.stringify(other.slice(0, 50));
  throw new ProductError('BAD_REQUEST', `there is no configuration key ${name} here: they are ${known.join(', ')}`);
}

function isOff(key: string, value: unknown): boolean {
  return OFF.includes(value) || (value === true && OFF_WHEN_TRUE.includes(key));
}
