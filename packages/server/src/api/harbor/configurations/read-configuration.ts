import type { LoginProvider } from '../../../identity/providers/login-provider.ts';
import { isProviderSecret } from '../../../identity/providers/provider-secret.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Configuration } from './configuration.ts';

/** @returns '' for a key that is not there @throws ProductError BAD_REQUEST */
export function readConfigurationText(change: Configuration, key: string): string {
  const value = change[key] ?? '';
  if (typeof value !== 'string') throw new ProductError('BAD_REQUEST', `${key} must be a text`);
  return value;
}

/** @returns undefined for a key that is not there, or empty: the secret that there is stays @throws ProductError BAD_REQUEST */
export function readConfigurationSecret(
  change: Configuration,
  key: string,
  kind: LoginProvider['kind'],
): string | undefined {
  const secret = readConfigurationText(change, key);
  if (secret === '') return undefined;
  if (isProviderSecret(kind, secret)) return secret;
  throw new ProductError('BAD_REQUEST', `${key} must be a text of printable characters`);
}

/** @returns false for a key that is not there @throws ProductError BAD_REQUEST */
export function readConfigurationSwitch(change: Configuration, key: string): boolean {
  const value = change[key] ?? false;
  if (typeof value !== 'boolean') throw new ProductError('BAD_REQUEST', `${key} must be true or false`);
  return value;
}

/** Clients send all keys that they know: these values are those of what is not set up. */
export function saysNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === false;
}
