import { ProductError } from '../../kernel/errors.ts';

const MAX_PARAMETERS = 10;
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const MAX_VALUE_LENGTH = 1_024;
/** What the sign-in itself says, and what would say it in another way (OpenID Connect Core 1.0 § 3.1.2.1 and § 6, RFC 9126, RFC 9449). */
const RESERVED: readonly string[] = [
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
];

/**
 * Parameters for the page of a login provider.
 * @param value an object of texts, or nothing
 * @throws ProductError VALIDATION
 */
export function readExtraParameters(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid('must be an object of texts');
  const parameters = Object.entries(value);
  if (parameters.length > MAX_PARAMETERS) throw invalid(`has at most ${MAX_PARAMETERS} parameters`);
  return Object.fromEntries(parameters.map(([name, text]) => [readName(name), readText(name, text)]));
}

function readName(name: string): string {
  if (!NAME.test(name)) throw invalid('has names of 1 to 64 letters, digits, and _ . -');
  if (RESERVED.includes(name.toLowerCase())) throw invalid(`may not set ${name}: the sign-in says it itself`);
  return name;
}

function readText(name: string, text: unknown): string {
  if (typeof text === 'string' && text.length <= MAX_VALUE_LENGTH && !/\p{C}/u.test(text)) return text;
  throw invalid(`must have a text of at most ${MAX_VALUE_LENGTH} visible characters as ${name}`);
}

function invalid(message: string): ProductError {
  return new ProductError('VALIDATION', `settings.extraParameters ${message}`);
}
