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
  /** Who is who there: the claims of a subject. A name that is not here can sign in, too, and has none. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  /** Who has no account there any more. */
  readonly gone: Set<string>;
  /** How often its token endpoint was asked. */
  readonly asked: { tokens: number };
  /** What it gave out. */
  readonly given: { readonly refreshTokens: Set<string> };
  close(): Promise<void>;
}

const CLAIMS = {
  profile: ['name', 'preferred_username', 'groups'],
  email: ['email', 'email_verified'],
};

/** @param redirectUris where it sends people back to */
export async function startOidcProvider(redirectUris: readonly string[]): Promise<RunningOidcProvider> {
  const people: RunningOidcProvider['people'] = new Map();
  const gone: RunningOidcProvider['gone'] = new Set();
  const asked: RunningOidcProvider['asked'] = { tokens: 0 };
  const given: RunningOidcProvider['given'] = { refreshTokens: new Set() };
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: redirectUris,
        post_logout_redirect_uris: redirectUris.map((uri) => `${new URL(uri).origin}/`),
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    claims: CLAIMS,
    findAccount: (_: unknown, accountId: string) => {
      if (gone.has(accountId)) return undefined;
      return { accountId, claims: () => ({ ...people.get(accountId), sub: accountId }) };
    },
    rotateRefreshToken: true,
    loadExistingGrant: consent,
    ttl: {
      RefreshToken: 600,
      AccessToken: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
      Grant: 600,
    },
    cookies: { keys: ['for tests alone'] },
  });
  provider.on('grant.success', ({ body }: { readonly body: { readonly refresh_token?: string } }) => {
    if (body.refresh_token !== undefined) given.refreshTokens.add(body.refresh_token);
  });
  server.on('request', ({ url }) => {
    if (url?.startsWith('/token')) asked.tokens += 1;
  });
  server.on('request', provider.callback());
  return {
    issuer,
    people,
    gone,
    asked,
    given,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface ConsentContext {
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
    // The package comes without types.
    // biome-ignore lint/suspicious/noExplicitAny: the class of its grants
    readonly provider: { readonly Grant: any };
  };
}

/** Nobody is asked whether this registry may know who somebody is. */
async function consent({ oidc: { client, session, provider } }: ConsentContext): Promise<unknown> {
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile email offline_access');
  await grant.save();
  return grant;
}
