import { readLdapSettings } from '../../../identity/providers/ldap-provider-settings.ts';
import type { LoginProvider } from '../../../identity/providers/login-provider.ts';
import type { WantedProvider } from '../../../identity/providers/login-providers.ts';
import { readOidcSettings } from '../../../identity/providers/oidc-settings.ts';
import { isProviderSecret } from '../../../identity/providers/provider-secret.ts';
import { ProductError } from '../../../kernel/errors.ts';

const FIELDS = ['kind', 'name', 'position', 'settings'];
/** What the secret of each kind is called. */
const SECRETS = { oidc: 'clientSecret', ldap: 'searchPassword' } as const;

/** @throws ProductError VALIDATION */
export async function readWantedProvider(body: unknown): Promise<WantedProvider> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('the body must be an object');
  const fields = body as Readonly<Record<string, unknown>>;
  const { kind = 'oidc', name, position } = fields;
  if (kind !== 'oidc' && kind !== 'ldap') throw invalid('kind must be "oidc" or "ldap"');
  const other = Object.keys(fields).find((field) => !FIELDS.includes(field) && field !== SECRETS[kind]);
  if (other !== undefined) throw invalid(`the body has no field ${JSON.stringify(other.slice(0, 50))}`);
  if (typeof name !== 'string') throw invalid('name must be a text');
  if (position !== undefined && typeof position !== 'number') throw invalid('position must be a number');
  const secret = readSecret(kind, fields[SECRETS[kind]]);
  if (kind === 'ldap') return { kind, name, position, settings: await readLdapSettings(fields['settings']), secret };
  return { kind, name, position, settings: readOidcSettings(fields['settings']), secret };
}

function readSecret(kind: LoginProvider['kind'], secret: unknown): string | null | undefined {
  if (secret === undefined || secret === null || isProviderSecret(kind, secret)) return secret;
  throw invalid(`${SECRETS[kind]} must be a text of printable characters, or null for none`);
}

function invalid(message: string): ProductError {
  return new ProductError('VALIDATION', message);
}
