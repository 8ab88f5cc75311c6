import type { Configuration } from 'openid-client';
import type { OidcSettings } from '../providers/oidc-settings.ts';
import { askFurther, assertForUs } from './prove-identity.ts';
import type { Claims } from './read-oidc-claims.ts';

export interface RefreshedIdentity {
  readonly claims: Claims;
  /** The one that counts from now on; undefined: the one that was shown. */
  readonly refreshToken: string | undefined;
}

/**
 * Asks a provider again who somebody is (OpenID Connect Core 1.0 § 12).
 * @throws Error of the library; Error when what it says is of somebody else
 */
export async function refreshIdentity(
  configuration: Configuration,
  settings: OidcSettings,
  { refreshToken, subject }: { readonly refreshToken: string; readonly subject: string },
): Promise<RefreshedIdentity> {
  const oidc = await import('openid-client');
  const tokens = await oidc.refreshTokenGrant(configuration, refreshToken);
  const claims = tokens.claims();
  if (claims !== undefined) {
    assertForUs(claims, settings);
    if (claims.sub !== subject) throw new Error('the ID token is of somebody else');
  }
  const accessToken = tokens.access_token;
  const more = await askFurther(configuration, settings, { claims: claims ?? { sub: subject }, accessToken });
  return { claims: { ...more, ...claims }, refreshToken: tokens.refresh_token };
}

/** Whether the provider has said that the grant is over (RFC 6749 § 5.2), and not only failed to answer. */
export function isGrantOver(error: unknown): boolean {
  return error instanceof Error && 'error' in error && error.error === 'invalid_grant';
}
