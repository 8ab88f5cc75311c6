import type { OidcSettings } from './oidc-settings.ts';

/** Somewhere that people sign in besides here, without its secret. Instants are milliseconds UTC. */
export interface LoginProvider {
  readonly id: string;
  readonly kind: 'oidc';
  /** What people choose on the sign-in page. */
  readonly name: string;
  /** The lowest comes first. */
  readonly position: number;
  readonly settings: OidcSettings;
  readonly hasSecret: boolean;
  /** Rises with each change. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Where its sealed secret lies (`table|row|column`). */
export function placeOfProviderSecret(id: string): string {
  return `login_providers|${id}|secret`;
}
