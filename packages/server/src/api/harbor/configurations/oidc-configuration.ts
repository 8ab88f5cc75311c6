import type { OidcProvider } from '../../../identity/providers/login-provider.ts';
import type { WantedProvider } from '../../../identity/providers/login-providers.ts';
import { type OidcSettings, readOidcSettings } from '../../../identity/providers/oidc-settings.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Configuration } from './configuration.ts';
import {
  readConfigurationSecret,
  readConfigurationSwitch,
  readConfigurationText,
  saysNothing,
} from './read-configuration.ts';

/** A key of Harbor's, and the setting of a provider that it is. */
const TEXTS = {
  oidc_endpoint: 'issuer',
  oidc_client_id: 'clientId',
  oidc_user_claim: 'userClaim',
  oidc_groups_claim: 'groupsClaim',
  oidc_group_filter: 'groupFilter',
  oidc_admin_group: 'adminGroup',
} as const;
const SWITCHES = { oidc_auto_onboard: 'autoOnboard', oidc_logout: 'endsProviderSession' } as const;

const EXTRA = 'oidc_extra_redirect_parms';

const KEY_OF: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries({ ...TEXTS, ...SWITCHES }).map(([key, name]) => [name, key])),
  scopes: 'oidc_scope',
  extraParameters: EXTRA,
};

/** Keys that are taken, the secret with them, which is never shown. */
export const OIDC_KEYS: readonly string[] = [
  ...Object.keys(TEXTS),
  ...Object.keys(SWITCHES),
  'oidc_name',
  'oidc_scope',
  'oidc_client_secret',
  'oidc_verify_cert',
  EXTRA,
];

/** The first OpenID Connect provider of the list, in Harbor's keys; with empty ones when there is none. */
export function renderOidcConfiguration(provider: OidcProvider | undefined): Configuration {
  const settings = provider?.settings;
  const texts = Object.entries(TEXTS).map(([key, name]) => [key, settings?.[name] ?? '']);
  const switches = Object.entries(SWITCHES).map(([key, name]) => [key, settings?.[name] ?? false]);
  return {
    oidc_name: provider?.name ?? '',
    ...Object.fromEntries(texts),
    oidc_scope: settings?.scopes.join(',') ?? '',
    ...Object.fromEntries(switches),
    oidc_verify_cert: true,
    oidc_extra_redirect_parms: JSON.stringify(settings?.extraParameters ?? {}),
  };
}

/**
 * What the first OpenID Connect provider is to be.
 * @param change Harbor's keys, of which those of OpenID Connect are read
 * @returns undefined when nothing is said of it
 * @throws ProductError BAD_REQUEST
 */
export function readOidcConfiguration(
  change: Configuration,
  provider: OidcProvider | undefined,
): WantedProvider | undefined {
  const asked = OIDC_KEYS.filter((key) => change[key] !== undefined && change[key] !== null);
  const says =
    provider === undefined ? asked.filter((key) => !saysNothing(change[key]) && !isEmptyExtra(key, change)) : asked;
  assertHonoured(change);
  if (says.every((key) => key === 'oidc_verify_cert')) return undefined;
  const settings: Record<string, unknown> = { ...provider?.settings };
  for (const [key, name] of Object.entries(TEXTS)) {
    if (asked.includes(key)) settings[name] = readConfigurationText(change, key);
  }
  for (const [key, name] of Object.entries(SWITCHES)) {
    if (asked.includes(key)) settings[name] = readConfigurationSwitch(change, key);
  }
  if (asked.includes('oidc_scope')) settings['scopes'] = readScopes(readConfigurationText(change, 'oidc_scope'));
  if (asked.includes(EXTRA)) settings['extraParameters'] = readExtra(change);
  const isNamed = asked.includes('oidc_name');
  const name = isNamed ? readConfigurationText(change, 'oidc_name') : (provider?.name ?? '');
  if (name === '' || saysNothing(settings['issuer']) || saysNothing(settings['clientId'])) {
    throw new ProductError('BAD_REQUEST', 'oidc_name, oidc_endpoint and oidc_client_id are needed, none of them empty');
  }
  const secret = readConfigurationSecret(change, 'oidc_client_secret', 'oidc');
  return { kind: 'oidc', name, settings: readInHarborsWords(settings), ...(secret !== undefined && { secret }) };
}

/** @throws ProductError BAD_REQUEST that names Harbor's key */
function readInHarborsWords(settings: Readonly<Record<string, unknown>>): OidcSettings {
  try {
    return readOidcSettings(settings);
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    const message = error.message.replaceAll(/\bsettings\.(\w+)/g, (text, name: string) => KEY_OF[name] ?? text);
    throw new ProductError('BAD_REQUEST', message);
  }
}

/** What Harbor's clients can say and nothing here would do. */
function assertHonoured(change: Configuration): void {
  if (change['oidc_verify_cert'] === false) {
    throw new ProductError('BAD_REQUEST', 'oidc_verify_cert: certificates of providers are always checked');
  }
}

function isEmptyExtra(key: string, change: Configuration): boolean {
  return key === EXTRA && Object.keys(readExtra(change)).length === 0;
}

/** @throws ProductError BAD_REQUEST */
function readExtra(change: Configuration): Readonly<Record<string, unknown>> {
  const text = readConfigurationText(change, EXTRA);
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new ProductError('BAD_REQUEST', `${EXTRA} must be a JSON object of texts, as {"prompt": "login"}`);
}

function readScopes(text: string): readonly string[] | null {
  const scopes = text.split(/[,\s]+/).filter((scope) => scope !== '');
  return scopes.length === 0 ? null : scopes;
}
