import type { OidcProvider } from '../providers/login-provider.ts';

/** The first OpenID Connect provider as OVH's API shows it, field for field: without its secret. */
export interface OpenIdConnectObject {
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
  readonly clientId: string;
  /** With commas in between. */
  readonly scope: string;
  readonly groupFilter: string | null;
  readonly groupsClaim: string | null;
  readonly adminGroup: string | null;
  readonly userClaim: string;
  /** Certificates are always checked. */
  readonly verifyCert: true;
  readonly autoOnboard: boolean;
  /** What is set holds at once. */
  readonly status: 'READY';
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function renderOpenIdConnect({ id, name, settings, createdAt, updatedAt }: OidcProvider): OpenIdConnectObject {
  const { issuer, clientId, scopes, groupFilter, groupsClaim, adminGroup, userClaim, autoOnboard } = settings;
  return {
    ...{ id, name, endpoint: issuer, clientId, scope: scopes.join(',') },
    ...{ groupFilter, groupsClaim, adminGroup, userClaim, verifyCert: true, autoOnboard },
    status: 'READY',
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}
