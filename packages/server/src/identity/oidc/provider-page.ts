import type { OidcProvider } from '../providers/login-provider.ts';

/** Whether a provider may send people there: to a page of the web that is as safe as its issuer. */
export function isProviderPage(
  address: string | undefined,
  { settings }: Pick<OidcProvider, 'settings'>,
): address is string {
  const url = URL.parse(address ?? '');
  return url?.protocol === 'https:' || (url !== null && url.origin === new URL(settings.issuer).origin);
}
