import type { LoginProviders } from '../providers/login-providers.ts';
import type { OidcClients } from './oidc-clients.ts';
import { isProviderPage } from './provider-page.ts';

export interface EndProviderSessionDependencies {
  readonly clients: Pick<OidcClients, 'get'>;
  readonly providers: Pick<LoginProviders, 'find'>;
}

/**
 * Where a browser signs out of the provider that its session was opened by (OpenID Connect RP-Initiated Logout 1.0 § 2). There is no
 * hint with it: an ID token would have to be kept for that, so the provider may ask its user.
 * @param origin of this server, where the provider sends the browser back to
 * @returns undefined where nothing of the kind is wanted, or the provider cannot be asked now: signing out here never fails for that
 */
export async function endProviderSession(
  { clients, providers }: EndProviderSessionDependencies,
  providerId: string,
  origin: string,
): Promise<string | undefined> {
  const provider = await providers.find(providerId);
  if (provider?.kind !== 'oidc' || !provider.settings.endsProviderSession) return undefined;
  try {
    const configuration = await clients.get(provider);
    if (!isProviderPage(configuration.serverMetadata().end_session_endpoint, provider)) return undefined;
    const oidc = await import('openid-client');
    return oidc.buildEndSessionUrl(configuration, { post_logout_redirect_uri: `${origin}/` }).href;
  } catch {
    return undefined;
  }
}
