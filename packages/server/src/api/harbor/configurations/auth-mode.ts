import type { LoginProvider } from '../../../identity/providers/login-provider.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Configuration } from './configuration.ts';
import { readConfigurationSwitch, readConfigurationText } from './read-configuration.ts';

export const AUTH_MODE_KEYS: readonly string[] = ['auth_mode', 'primary_auth_mode'];

const LOCAL = 'db_auth';
const MODES: Readonly<Record<LoginProvider['kind'], string>> = { oidc: 'oidc_auth', ldap: 'ldap_auth' };

/** Harbor has one mode at a time: here it names the first login provider, beside which all others and local accounts work. */
export function renderAuthMode(providers: readonly LoginProvider[]): Configuration {
  const [first] = providers;
  return { auth_mode: first === undefined ? LOCAL : MODES[first.kind], primary_auth_mode: false };
}

/**
 * A mode is no setting of its own: it is said when there are providers of that kind.
 * @param kinds of the providers that there will be
 * @throws ProductError BAD_REQUEST
 */
export function assertAuthMode(change: Configuration, kinds: readonly string[]): void {
  if (readConfigurationSwitch(change, 'primary_auth_mode')) {
    throw new ProductError('BAD_REQUEST', 'primary_auth_mode: people always see all the ways to sign in');
  }
  const mode = readConfigurationText(change, 'auth_mode');
  if (mode === '') return;
  if (mode === LOCAL) {
    if (kinds.length === 0) return;
    throw new ProductError(
      'BAD_REQUEST',
      'auth_mode: local accounts work beside the login providers; DELETE /api/roadstead/v1/login-providers/{id} removes one',
    );
  }
  const kind = Object.entries(MODES).find(([, name]) => name === mode)?.[0];
  if (kind === undefined)
    throw new ProductError('BAD_REQUEST', `auth_mode must be ${[LOCAL, ...Object.values(MODES)].join(' or ')}`);
  if (kinds.includes(kind)) return;
  throw new ProductError('BAD_REQUEST', `auth_mode ${mode} needs the keys of such a provider: there is none yet`);
}
