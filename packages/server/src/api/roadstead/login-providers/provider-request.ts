import type { WantedProvider } from '../../../identity/providers/login-providers.ts';
import { readOidcSettings } from '../../../identity/providers/oidc-settings.ts';
import { ProductError } from '../../../kernel/errors.ts';

const FIELDS = ['kind', 'name', 'position', 'settings', 'clientSecret'];
const MAX_SECRET_LENGTH = 4_096;

/** @throws ProductError VALIDATION */
export function readWantedProvider(body: unknown): WantedProvider {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('the body must be an object');
  const fields = body as Readonly<Record<string, unknown>>;
  const other = Object.keys(fields).find((field) => !FIELDS.includes(field));
  if (other !== undefined) throw invalid(`the body has no field ${JSON.stringify(other.slice(0, 50))}`);
  const { kind = 'oidc', name, position, settings, clientSecret } = fields;
  if (kind !== 'oidc') throw invalid('kind must be "oidc"');
  if (typeof name !== 'string') throw invalid('name must be a text');
  if (position !== undefined && typeof position !== 'number') throw invalid('position must be a number');
  return { name, position, settings: readOidcSettings(settings), clientSecret: readSecret(clientSecret) };
}

function readSecret(secret: unknown): string | null | undefined {
  if (secret === undefined || secret === null) return secret;
  const isFit = typeof secret === 'string' && secret.length <= MAX_SECRET_LENGTH && /^[\x20-\x7e]+$/.test(secret);
  if (!isFit) throw invalid('clientSecret must be a text of printable characters, or null for none');
  return secret;
}

function invalid(message: string): ProductError {
  return new ProductError('VALIDATION', message);
}
