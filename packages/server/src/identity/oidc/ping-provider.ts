import type { OidcProvider } from '../providers/login-provider.ts';
import { readOidcSettings } from '../providers/oidc-settings.ts';
import type { OidcClients } from './oidc-clients.ts';

/** What a provider says of itself. */
export interface ProviderPing {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Null: people cannot be signed out there. */
  readonly endSessionEndpoint: string | null;
  /** Whether it names itself in its answers (RFC 9207), so that no other provider's can be taken for it. */
  readonly namesItself: boolean;
}

/** Asks a provider for what it says of itself. @throws ProductError UNAVAILABLE */
export async function pingProvider(
  clients: Pick<OidcClients, 'discover'>,
  provider: OidcProvider,
): Promise<ProviderPing> {
  const found = (await clients.discover(provider)).serverMetadata();
  return {
    issuer: found.issuer,
    authorizationEndpoint: found.authorization_endpoint ?? '',
    tokenEndpoint: found.token_endpoint ?? '',
    endSessionEndpoint: found.end_session_endpoint ?? null,
    namesItself: found.authorization_response_iss_parameter_supported === true,
  };
}

/** As `pingProvider`, for one that is not set up. @throws ProductError VALIDATION (the issuer), UNAVAILABLE */
export async function pingIssuer(clients: Pick<OidcClients, 'discover'>, issuer: string): Promise<void> {
  const settings = readOidcSettings({ issuer, clientId: 'ping' });
  await clients.discover({ id: '', name: issuer, settings });
}
