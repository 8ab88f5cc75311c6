import type { LoginProvider } from './login-provider.ts';

const MAX_LENGTH = 4_096;
/** A client secret goes into a header; the password of a directory may be in any script. */
const UNPRINTABLE: Readonly<Record<LoginProvider['kind'], RegExp>> = { oidc: /[^\x20-\x7e]/, ldap: /\p{C}/u };

/** Whether it may be the secret of such a provider: a text of printable characters that is not empty. */
export function isProviderSecret(kind: LoginProvider['kind'], secret: unknown): secret is string {
  return typeof secret === 'string' && secret !== '' && secret.length <= MAX_LENGTH && !UNPRINTABLE[kind].test(secret);
}
