import type { Configuration } from 'openid-client';
import { fetchIssuerKeys } from '../../src/identity/federation/fetch-issuer-keys.ts';
import { createGuardedFetch } from '../../src/identity/oidc/guarded-fetch.ts';
import type { Feature, Guard } from './features.ts';
import { PUBLIC_NAME } from './name-corpus.ts';
import { listDeniedUrls } from './url-corpus.ts';

const ISSUER = 'https://issuer.test';
const CLIENT_ID = 'registry';
/** Answered here, as a provider would that is where it may be. */
const TOKEN_ENDPOINT = `${ISSUER}/token`;

/** Where a provider, which is somewhere it may be, sends the server on to: what it names in its own documents. */
export const PROVIDER_FEATURES: readonly Feature[] = [
  named('token endpoint', async (guard, token_endpoint) => {
    const oidc = await import('openid-client');
    await oidc.refreshTokenGrant(await openClient(guard, { token_endpoint }), 'a refresh token');
  }),
  named('UserInfo endpoint', async (guard, userinfo_endpoint) => {
    const oidc = await import('openid-client');
    await oidc.fetchUserInfo(await openClient(guard, { userinfo_endpoint }), 'an access token', 'carol');
  }),
  named('keys of ID tokens', async (guard, jwks_uri) => {
    const oidc = await import('openid-client');
    const client = await openClient(guard, { jwks_uri, token_endpoint: TOKEN_ENDPOINT });
    await oidc.refreshTokenGrant(client, 'a refresh token');
  }),
  named('keys of workload tokens', async (guard, jwks_uri) => {
    const discovery = async (url: string) =>
      url.startsWith(ISSUER) ? Response.json({ issuer: ISSUER, jwks_uri }) : guard.fetch(url);
    const access = { guard: { fetch: discovery as Guard['fetch'] }, plainHttpHosts: [] };
    await fetchIssuerKeys(access, ISSUER);
  }),
];

function named(what: string, attempt: (guard: Guard, url: string) => Promise<void>): Feature {
  return {
    name: `${what} that a provider names`,
    targets: listDeniedUrls('https'),
    allowed: `https://${PUBLIC_NAME}/`,
    attempt: (guard, url) => attempt(guard, url),
  };
}

async function openClient(guard: Guard, endpoints: Readonly<Record<string, string>>): Promise<Configuration> {
  const oidc = await import('openid-client');
  const client = new oidc.Configuration({ issuer: ISSUER, ...endpoints }, CLIENT_ID, undefined, oidc.None());
  const guarded = createGuardedFetch(guard);
  client[oidc.customFetch] = async (url, options) =>
    url === TOKEN_ENDPOINT ? Response.json(renderTokens()) : guarded(url, options);
  oidc.enableNonRepudiationChecks(client);
  return client;
}

/** An ID token in good order but for its signature, to look at which the keys are asked for. */
function renderTokens(): object {
  const now = Math.floor(Date.now() / 1000);
  const parts = [
    { alg: 'RS256', kid: '1' },
    { iss: ISSUER, sub: 'carol', aud: CLIENT_ID, iat: now, exp: now + 60 },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = Buffer.alloc(256, 1).toString('base64url');
  return { access_token: 'access', token_type: 'bearer', id_token: [...parts, signature].join('.') };
}
