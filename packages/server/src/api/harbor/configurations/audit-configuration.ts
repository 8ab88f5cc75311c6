import { ProductError } from '../../../kernel/errors.ts';
import type { AuditSettings } from '../../../operations/audit-events/audit-settings.ts';
import type { ForwardingTarget } from '../../../operations/audit-events/forwarding/forwarding-target.ts';
import type { AuditChange } from '../../../operations/configuration/change-configuration.ts';
import type { Configuration } from './configuration.ts';
import { readConfigurationSwitch, readConfigurationText } from './read-configuration.ts';

const IS_WITHOUT_PULLS = 'pull_audit_log_disable';
const ENDPOINT = 'audit_log_forward_endpoint';
/** A host name, an IPv4 address or an IPv6 address in brackets, and a port. */
const ADDRESS = /^(?<host>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):(?<port>[1-9]\d{0,4})$/;
const MAX_PORT = 65_535;

export const AUDIT_KEYS: readonly string[] = [IS_WITHOUT_PULLS, ENDPOINT];

/** The part of the audit log that Harbor has keys for. */
export interface AuditConfiguration extends AuditSettings {
  /** Undefined when the log is forwarded to nobody. */
  readonly target: ForwardingTarget | undefined;
}

/** A forwarding that is no syslog is not shown: Harbor has no words for it. */
export function renderAuditConfiguration({ recordsPulls, target }: AuditConfiguration): Configuration {
  return {
    [IS_WITHOUT_PULLS]: !recordsPulls,
    [ENDPOINT]: target?.kind === 'syslog' ? `${target.host}:${target.port}` : '',
  };
}

/**
 * @param change Harbor's keys, of which those of the audit log are read
 * @returns undefined when nothing of it would change
 * @throws ProductError BAD_REQUEST
 */
export function readAuditConfiguration(change: Configuration, before: AuditConfiguration): AuditChange | undefined {
  const shown = renderAuditConfiguration(before);
  const isAsked = (key: string) => (change[key] ?? undefined) !== undefined;
  const settings = isAsked(IS_WITHOUT_PULLS)
    ? { recordsPulls: !readConfigurationSwitch(change, IS_WITHOUT_PULLS) }
    : undefined;
  const endpoint = isAsked(ENDPOINT) ? readConfigurationText(change, ENDPOINT).trim() : shown[ENDPOINT];
  const audit = {
    ...(settings !== undefined && settings.recordsPulls !== before.recordsPulls && { settings }),
    // Who says again what was shown changes nothing: neither the certificate of a target nor one that was not shown.
    ...(endpoint !== shown[ENDPOINT] && { target: readTarget(String(endpoint)) }),
  };
  return Object.keys(audit).length === 0 ? undefined : audit;
}

/** @returns null: nothing is forwarded @throws ProductError BAD_REQUEST */
function readTarget(endpoint: string): ForwardingTarget | null {
  if (endpoint === '') return null;
  const { host = '', port = '' } = ADDRESS.exec(endpoint)?.groups ?? {};
  if (host !== '' && Number(port) <= MAX_PORT) return { kind: 'syslog', host, port: Number(port), tls: false };
  throw new ProductError('BAD_REQUEST', `${ENDPOINT} must be host:port of a syslog server, or empty`);
}
