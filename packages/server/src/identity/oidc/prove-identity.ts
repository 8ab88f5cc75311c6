import type { Configuration, IDToken } from 'openid-client';
import { EgressError } from '../../kernel/egress-guard.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { OidcSettings } from '../providers/oidc-settings.ts';
import { type Claims, lacksClaims } from './read-oidc-claims.ts';

/** What a provider has sent a browser back with. */
export interface ProviderAnswer {
  /** The redirect address as the provider was told it, with the query of the answer. */
  readonly url: URL;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface ProvenClaims {
  readonly issuer: string;
  readonly subject: string;
  /** Of the ID token, and what the provider adds to it when it is asked. */
  readonly claims: Claims;
  /** By which the provider is asked again; undefined: it gave none. */
  readonly refreshToken: string | undefined;
}

/** How far a provider's clock may be ahead of ours. */
const LEEWAY_SECONDS = 60;

/**
 * Takes the code of an answer to the provider for an ID token, and judges that (OpenID Connect Core 1.0 § 3.1.3.7). The answer has to
 * name the provider where that says it does (RFC 9207), so that no other provider's is taken for it.
 * @throws ProductError UNAUTHORIZED (nobody is proven; the cause says why, for the log), UNAVAILABLE
 */
export async function proveIdentity(
  configuration: Configuration,
  settings: OidcSettings,
  answer: ProviderAnswer,
): Promise<ProvenClaims> {
  const oidc = await import('openid-client');
  try {
    assertNamed(answer.url, settings);
    const tokens = await oidc.authorizationCodeGrant(configuration, answer.url, {
      pkceCodeVerifier: answer.codeVerifier,
      expectedState: answer.state,
      expectedNonce: answer.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('there is no ID token');
    assertForUs(claims, settings);
    const more = await askFurther(configuration, settings, { claims, accessToken: tokens.access_token });
    // What is signed counts before what was only asked for.
    const { refresh_token: refreshToken } = tokens;
    return { issuer: claims.iss, subject: claims.sub, claims: { ...more, ...claims }, refreshToken };
  } catch (cause) {
    throw asProductError(cause);
  }
}

/** The library takes an empty issuer for none at all. */
function assertNamed({ searchParams }: URL, { issuer }: OidcSettings): void {
  if (searchParams.getAll('iss').every((named) => named === issuer)) return;
  throw new Error('the answer is of another issuer');
}

/** What the library leaves to us. */
export function assertForUs(claims: IDToken, { issuer, clientId }: OidcSettings): void {
  if (claims.iss !== issuer) throw new Error('the ID token is of another issuer');
  if (claims.azp !== undefined && claims.azp !== clientId) throw new Error('the ID token was made for another client');
  if (claims.iat > Date.now() / 1000 + LEEWAY_SECONDS) throw new Error('the ID token is of the future');
}

/** Many providers keep an ID token small, and say the rest when they are asked. */
export async function askFurther(
  configuration: Configuration,
  settings: OidcSettings,
  { claims, accessToken }: { readonly claims: Claims & { readonly sub: string }; readonly accessToken: string },
): Promise<Claims> {
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata();
  if (endpoint === undefined || !lacksClaims(claims, settings)) return {};
  const oidc = await import('openid-client');
  // Of the very same subject (§ 5.3.2), or another's groups could be put in.
  return oidc.fetchUserInfo(configuration, accessToken, claims.sub);
}

function asProductError(cause: unknown): ProductError {
  if (cause instanceof ProductError) return cause;
  if (isOutage(cause)) {
    return new ProductError('UNAVAILABLE', 'the login provider does not answer: try again later', { cause });
  }
  return new ProductError(
    'UNAUTHORIZED',
    'the answer of the login provider does not prove who you are: sign in again',
    {
      cause,
    },
  );
}

function isOutage(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof EgressError || each.name === 'TimeoutError') return true;
  }
  return false;
}
