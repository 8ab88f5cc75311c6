import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
// @ts-expect-error The package comes without types.
import Provider from 'oidc-provider';

export const CLIENT_ID = 'registry';
export const CLIENT_SECRET = 'Provider-Secret-0123456789-abcdefgh';

/** A real OpenID Connect provider on this machine. */
export interface RunningOidcProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

/** @param redirectUris where it sends people back to */
export async function startOidcProvider(redirectUris: readonly string[]): Promise<RunningOidcProvider> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: redirectUris,
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    cookies: { keys: ['for tests alone'] },
  });
  server.on('request', provider.callback());
  return {
    issuer,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
