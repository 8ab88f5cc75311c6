import { X509Certificate } from 'node:crypto';
import { ProductError } from '../../../kernel/errors.ts';
import { assertHeaderText, assertMailAddress, type Sender } from '../../../kernel/mail-address.ts';
import type { MailSettingsChange } from '../../../operations/mail/mail.ts';
import { MAIL_LANGUAGES, MAIL_SECURITIES, type MailServer } from '../../../operations/mail/mail-settings.ts';

type Fields = Readonly<Record<string, unknown>>;

const HOST = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._:-]{1,253})$/;
const MAX_CERTIFICATE_CHARACTERS = 12_000;
const MAX_CREDENTIAL_CHARACTERS = 1_024;
const FIELDS = ['enabled', 'server', 'password', 'from', 'language'];
const SERVER_FIELDS = ['host', 'port', 'security', 'username', 'verifyCertificate', 'certificateAuthority'];

/** Read by hand: a validator that coerces would take `"false"` for true. @throws ProductError VALIDATION */
export function readMailSettings(body: unknown): MailSettingsChange {
  const fields = readFields('the body', body);
  refuseOthers('the body', fields, FIELDS);
  const { enabled = true, password, language = 'en' } = fields;
  if (typeof enabled !== 'boolean') throw invalid('enabled must be true or false');
  const known = MAIL_LANGUAGES.find((each) => each === language);
  if (known === undefined) throw invalid('language must be "en" or "fr"');
  return {
    isEnabled: enabled,
    server: readServer(readFields('server', fields['server'])),
    password: password === undefined || password === null ? password : readCredential('password', password),
    from: readSender(readFields('from', fields['from'])),
    language: known,
  };
}

/** @throws ProductError VALIDATION */
export function readTestRecipient(body: unknown): string {
  const fields = readFields('the body', body);
  refuseOthers('the body', fields, ['to']);
  const { to } = fields;
  assertMailAddress('to', to);
  return to;
}

function readServer(fields: Fields): MailServer {
  refuseOthers('server', fields, SERVER_FIELDS);
  const { host, port, security, username, verifyCertificate = true, certificateAuthority } = fields;
  if (typeof host !== 'string' || !HOST.test(host)) throw invalid('server.host must be a host name or an address');
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalid('server.port must be a number from 1 to 65535');
  }
  const known = MAIL_SECURITIES.find((each) => each === security);
  if (known === undefined) throw invalid('server.security must be "none", "starttls" or "tls"');
  if (typeof verifyCertificate !== 'boolean') throw invalid('server.verifyCertificate must be true or false');
  const certificate = readCertificate(certificateAuthority, known !== 'none');
  return {
    host,
    port,
    security: known,
    ...(username !== undefined && username !== null && { username: readCredential('server.username', username) }),
    verifiesCertificate: verifyCertificate,
    ...(certificate !== undefined && { certificateAuthority: certificate }),
  };
}

function readCertificate(pem: unknown, isEncrypted: boolean): string | undefined {
  if (pem === undefined || pem === null) return undefined;
  if (isEncrypted && typeof pem === 'string' && isCertificate(pem)) return pem;
  throw invalid('server.certificateAuthority must be a certificate in PEM, for a server with TLS');
}

function isCertificate(pem: string): boolean {
  if (pem.length > MAX_CERTIFICATE_CHARACTERS) return false;
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function readSender(fields: Fields): Sender {
  refuseOthers('from', fields, ['address', 'name']);
  const { address, name = '' } = fields;
  assertMailAddress('from.address', address);
  assertHeaderText('from.name', name);
  return { address, name };
}

function readCredential(field: string, text: unknown): string {
  const isFit =
    typeof text === 'string' && text !== '' && text.length <= MAX_CREDENTIAL_CHARACTERS && !/\p{C}/u.test(text);
  if (!isFit) throw invalid(`${field} must be one line of text, or null for none`);
  return text;
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
