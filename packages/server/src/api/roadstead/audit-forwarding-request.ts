import { X509Certificate } from 'node:crypto';
import { ProductError } from '../../kernel/errors.ts';
import type { ForwardingChange } from '../../operations/audit-events/forwarding/audit-forwarding.ts';
import type { ForwardingTarget } from '../../operations/audit-events/forwarding/forwarding-target.ts';

type Fields = Readonly<Record<string, unknown>>;

const HOST = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._:-]{1,253})$/;
const MAX_URL_CHARACTERS = 2_048;
const MAX_TOKEN_CHARACTERS = 4_096;
const MAX_CERTIFICATE_CHARACTERS = 12_000;
const CHANGE_FIELDS = ['enabled', 'target', 'from'];
const TARGET_FIELDS = {
  syslog: ['kind', 'host', 'port', 'tls', 'certificateAuthority'],
  https: ['kind', 'url', 'bearerToken'],
} as const;

/** Read by hand: a validator that coerces would take `"false"` for true. @throws ProductError VALIDATION */
export function readForwardingChange(body: unknown): ForwardingChange {
  const fields = readFields('the body', body);
  refuseOthers('the body', fields, CHANGE_FIELDS);
  const { enabled = true, from } = fields;
  if (typeof enabled !== 'boolean') throw invalid('enabled must be true or false');
  if (from !== undefined && from !== 'now' && from !== 'beginning') {
    throw invalid('from must be "now" or "beginning"');
  }
  const target = readFields('target', fields['target']);
  const { kind } = target;
  if (kind !== 'syslog' && kind !== 'https') throw invalid('target.kind must be "syslog" or "https"');
  refuseOthers(`a target of the kind ${kind}`, target, TARGET_FIELDS[kind]);
  return {
    isEnabled: enabled,
    from,
    target: kind === 'syslog' ? readSyslog(target) : readHttps(target),
    bearerToken: kind === 'syslog' ? null : readToken(target['bearerToken']),
  };
}

function readSyslog({ host, port, tls = true, certificateAuthority }: Fields): ForwardingTarget {
  if (typeof host !== 'string' || !HOST.test(host)) throw invalid('target.host must be a host name or an address');
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalid('target.port must be a number from 1 to 65535');
  }
  if (typeof tls !== 'boolean') throw invalid('target.tls must be true or false');
  if (certificateAuthority === undefined || certificateAuthority === null) return { kind: 'syslog', host, port, tls };
  if (!tls || typeof certificateAuthority !== 'string' || !isCertificate(certificateAuthority)) {
    throw invalid('target.certificateAuthority must be a certificate in PEM, for a target with TLS');
  }
  return { kind: 'syslog', host, port, tls, certificateAuthority };
}

function isCertificate(pem: string): boolean {
  if (pem.length > MAX_CERTIFICATE_CHARACTERS) return false;
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function readHttps({ url }: Fields): ForwardingTarget {
  const parsed = typeof url === 'string' && url.length <= MAX_URL_CHARACTERS ? URL.parse(url) : null;
  if (parsed?.protocol !== 'https:') throw invalid('target.url must be an address that begins with https://');
  const hasMore = [parsed.username, parsed.password, parsed.search, parsed.hash].some((part) => part !== '');
  if (hasMore) {
    throw invalid('target.url may hold no user, query or fragment: give a secret as target.bearerToken');
  }
  return { kind: 'https', url: parsed.href };
}

function readToken(token: unknown): string | null | undefined {
  if (token === undefined || token === null) return token;
  const isFit = typeof token === 'string' && token.length <= MAX_TOKEN_CHARACTERS && /^[\u0021-\u007e]+$/.test(token);
  if (!isFit) throw invalid('target.bearerToken must be text without blanks, or null for none');
  return token;
}

function readFields(name: string, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(`${name} must be an object`);
}

/** Something misspelt would else be taken for absent. */
function refuseOthers(name: string, fields: Fields, known: readonly string[]): void {
  const other = Object.keys(fields).find((field) => !known.includes(field));
  if (other !== undefined) throw invalid(`${name} has no field ${JSON.stringify(other.slice(0, 50))}`);
}

function invalid(message: string): ProductError {
  return new ProductError('VALIDATION', message);
}
