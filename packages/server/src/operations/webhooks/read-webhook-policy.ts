import { ProductError } from '../../kernel/errors.ts';
import { WEBHOOK_EVENTS, WEBHOOK_FORMATS, type WebhookSettings, type WebhookTarget } from './webhook-policy.ts';

/** What a client may say of a receiver. */
export interface AskedWebhookTarget {
  readonly type?: string | undefined;
  readonly address?: string | undefined;
  readonly auth_header?: string | undefined;
  readonly skip_cert_verify?: boolean | undefined;
  readonly payload_format?: string | undefined;
}

export interface AskedWebhookPolicy {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly targets?: readonly AskedWebhookTarget[] | undefined;
  readonly event_types?: readonly string[] | undefined;
  readonly enabled?: boolean | undefined;
}

const MAX_NAME_LENGTH = 256;
const MAX_TEXT_LENGTH = 1_024;
const MAX_URL_LENGTH = 2_048;
const MAX_HEADER_LENGTH = 1_024;
const MAX_TARGETS = 16;

/** @returns the settings, and the header of each target in turn @throws ProductError BAD_REQUEST */
export function readWebhookPolicy(asked: AskedWebhookPolicy): {
  readonly settings: WebhookSettings;
  readonly headers: readonly string[];
} {
  const { name = '', description = '', targets = [], event_types: events = [], enabled: isEnabled = false } = asked;
  if (name.trim() === '') throw refuse('name cannot be empty');
  if (name.length > MAX_NAME_LENGTH || name.includes('\0'))
    throw refuse(`name has at most ${MAX_NAME_LENGTH} characters`);
  if (description.length > MAX_TEXT_LENGTH || description.includes('\0')) {
    throw refuse(`description has at most ${MAX_TEXT_LENGTH} characters`);
  }
  if (targets.length === 0) throw refuse('targets: give at least one');
  if (targets.length > MAX_TARGETS) throw refuse(`targets: at most ${MAX_TARGETS}`);
  if (events.length === 0) throw refuse('event_types: give at least one');
  const known: readonly string[] = WEBHOOK_EVENTS;
  if (events.some((event) => !known.includes(event))) throw refuse(`event_types: each is one of ${known.join(', ')}`);
  const headers = targets.map(({ auth_header: header = '' }) => readHeader(header));
  return {
    settings: { name, description, targets: targets.map(readTarget), eventTypes: [...new Set(events)], isEnabled },
    headers,
  };
}

function readTarget(asked: AskedWebhookTarget): WebhookTarget {
  const { type = '', address = '', skip_cert_verify: isInsecure = false, payload_format: format = '' } = asked;
  const formats = Object.hasOwn(WEBHOOK_FORMATS, type) ? (WEBHOOK_FORMATS[type] ?? []) : [];
  if (formats.length === 0) throw refuse('targets: the type is http or slack');
  if (type === 'slack' && format !== '') throw refuse('targets: a target of the type slack has no payload_format');
  if (format !== '' && !formats.includes(format))
    throw refuse(`targets: the payload_format is ${formats.join(' or ')}`);
  return {
    type,
    address: readAddress(address),
    isInsecure,
    format: type === 'slack' ? '' : format || (formats[0] ?? ''),
    hasAuthHeader: (asked.auth_header ?? '') !== '',
  };
}

/** As it was written: what comes after the host may be a secret of the receiver's. */
function readAddress(text: string): string {
  const address = text.trim();
  const url = address.length > MAX_URL_LENGTH ? null : URL.parse(address);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw refuse('targets: an address such as https://hooks.example.com/registry is needed');
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse('targets: the address has credentials in it: give them as auth_header');
  }
  return address;
}

function readHeader(text: string): string {
  // As RFC 9110 § 5.5 has values of fields.
  if (text.length <= MAX_HEADER_LENGTH && /^[\x20-\x7e\t]*$/.test(text)) return text;
  throw refuse(`targets: auth_header has at most ${MAX_HEADER_LENGTH} characters, those of a header`);
}

function refuse(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
