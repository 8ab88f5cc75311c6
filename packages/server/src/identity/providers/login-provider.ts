import type { LdapProviderSettings } from './ldap-provider-settings.ts';
import type { OidcSettings } from './oidc-settings.ts';

/** How people sign in at a provider, and its settings: of `ldap` without the password of the account for searches. */
export type ProviderKind =
  | { readonly kind: 'oidc'; readonly settings: OidcSettings }
  | { readonly kind: 'ldap'; readonly settings: LdapProviderSettings };

/** Somewhere that people sign in besides here, without its secret. Instants are milliseconds UTC. */
export type LoginProvider = ProviderKind & {
  readonly id: string;
  /** What people choose on the sign-in page. */
  readonly name: string;
  /** The lowest comes first. */
  readonly position: number;
  readonly hasSecret: boolean;
  /** Rises with each change. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export type OidcProvider = Extract<LoginProvider, { readonly kind: 'oidc' }>;
export type LdapProvider = Extract<LoginProvider, { readonly kind: 'ldap' }>;

/** Where its sealed secret lies (`table|row|column`). */
export function placeOfProviderSecret(id: string): string {
  return `login_providers|${id}|secret`;
}

/** Whom its secret is for: what is set for one is never sent to another, nor over another way. */
export function audienceOf(provider: ProviderKind): string {
  if (provider.kind === 'oidc') return provider.settings.issuer;
  const { url, startTls, verifyCert, certificateAuthorities, searchDn } = provider.settings;
  return JSON.stringify([url, startTls, verifyCert, certificateAuthorities, searchDn]);
}

/** Whether it says in which groups people are. */
export function givesGroups(provider: ProviderKind): boolean {
  return provider.kind === 'oidc' ? provider.settings.groupsClaim !== null : provider.settings.groupBaseDn !== '';
}
