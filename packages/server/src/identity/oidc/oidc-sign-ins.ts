import { createHmac } from 'node:crypto';
import type { Actor, RequestOrigin } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { AccessSettings } from '../access-settings.ts';
import type { LoginEvents } from '../login-events.ts';
import type { LoginThrottle } from '../login-throttle.ts';
import type { Admission, ProvenIdentity } from '../providers/admit-identity.ts';
import type { ExternalAccounts } from '../providers/external-accounts.ts';
import type { OidcProvider } from '../providers/login-provider.ts';
import type { LoginProviders } from '../providers/login-providers.ts';
import type { OwnIdentities } from '../providers/own-identities.ts';
import type { OpenedSession, Sessions } from '../sessions/sessions.ts';
import { principalOfUser, type UserPrincipal } from '../user.ts';
import { assertGoodUsername } from '../users/profile.ts';
import type { Users } from '../users/users.ts';
import { endProviderSession } from './end-provider-session.ts';
import { openGrant, sealGrant } from './grant-of-browser.ts';
import type { OidcClients } from './oidc-clients.ts';
import { proveIdentity } from './prove-identity.ts';
import type { ProviderGrants } from './provider-grants.ts';
import { isProviderPage } from './provider-page.ts';
import { readOidcClaims } from './read-oidc-claims.ts';
import type { SignInsUnderWay } from './sign-ins-under-way.ts';

export interface OidcSignInsDependencies {
  readonly underWay: SignInsUnderWay;
  readonly clients: Pick<OidcClients, 'get'>;
  readonly providers: Pick<LoginProviders, 'find' | 'list'>;
  readonly accounts: Pick<ExternalAccounts, 'admit'>;
  readonly ownIdentities: Pick<OwnIdentities, 'add'>;
  readonly users: Pick<Users, 'find'>;
  readonly sessions: Pick<Sessions, 'open'>;
  readonly grants: Pick<ProviderGrants, 'keep'>;
  readonly settings: () => Promise<Pick<AccessSettings, 'robotNamePrefix'>>;
  readonly throttle: LoginThrottle;
  readonly events: LoginEvents;
  readonly ids: Pick<Ids, 'secret'>;
}

/** What is known of a sign-in while its browser is at the provider. */
interface AtProvider {
  readonly redirectTo: string;
  readonly origin: string;
  /** Whose account gets who is proven, and the session in which that was asked for; absent: somebody signs in. */
  readonly links?: LinkIntent;
}

export interface LinkIntent {
  readonly userId: number;
  readonly sessionId: string;
}

/** What is known of it while its user chooses a name. */
interface AtName {
  readonly redirectTo: string;
  readonly identity: ProvenIdentity;
  /** The provider's refresh token, sealed with what only the browser has. */
  readonly grant?: string | undefined;
}

export interface BegunSignIn {
  /** At the provider. */
  readonly url: string;
  /** For a cookie of the browser alone. */
  readonly browserSecret: string;
}

export interface OpenedByProvider {
  readonly kind: 'opened';
  readonly user: UserPrincipal;
  readonly opened: OpenedSession;
  readonly redirectTo: string;
}

/** Somebody who is signed in has added a provider to the account. */
export interface AddedIdentity {
  readonly kind: 'added';
  readonly redirectTo: string;
}

export interface NameWanted {
  readonly kind: 'name-wanted';
  /** Takes the place of the one that the browser had. */
  readonly browserSecret: string;
  /** What the provider says; empty: nothing that is of use. */
  readonly suggestion: string;
  readonly redirectTo: string;
}

/** A request of the browser that signs in. */
export interface BrowserRequest {
  /** Of the cookie; undefined: it has none. */
  readonly browserSecret: string | undefined;
  /** The secret of the session that it showed so far, which ends. */
  readonly replaces: string | undefined;
  /** The session that it showed. */
  readonly sessionId?: string | undefined;
  readonly from: Actor;
}

export const CALLBACK_PATH = '/c/oidc/callback';

/**
 * Signs people in at OpenID Connect providers: the authorization code flow with PKCE. Nothing that is secret rests here: nonce and
 * PKCE verifier come from the browser's own secret, of which the database has a hash.
 */
export class OidcSignIns {
  readonly #deps: OidcSignInsDependencies;

  constructor(deps: OidcSignInsDependencies) {
    this.#deps = deps;
  }

  /**
   * @param input.provider its id; undefined: the first one
   * @param input.origin of this server, where the provider sends the browser back to
   * @param input.redirectTo a path of this server, checked by the caller
   * @throws ProductError NOT_FOUND, PRECONDITION (there is no provider), UNAVAILABLE, TOO_MANY_REQUESTS
   */
  async begin(input: {
    readonly provider: string | undefined;
    readonly origin: string;
    readonly redirectTo: string;
    readonly from: RequestOrigin;
    readonly links?: LinkIntent;
  }): Promise<BegunSignIn> {
    const { underWay, clients, ids } = this.#deps;
    const { origin, redirectTo, from, links } = input;
    this.#enter(from).cancel();
    const provider = await this.#choose(input.provider);
    const configuration = await clients.get(provider);
    const oidc = await import('openid-client');
    if (!isProviderPage(configuration.serverMetadata().authorization_endpoint, provider)) {
      throw new ProductError('UNAVAILABLE', `the login provider ${provider.name} names no page to sign in at`);
    }
    const handle = { key: ids.secret(), browserSecret: ids.secret() };
    const { id: providerId, version: providerVersion } = provider;
    const detail: AtProvider = { redirectTo, origin, ...(links !== undefined && { links }) };
    await underWay.put(handle, { stage: 'provider', providerId, providerVersion, detail });
    const url = oidc.buildAuthorizationUrl(configuration, {
      // OpenID Connect Core 1.0 § 11: who gives access for later has to be asked.
      ...(provider.settings.scopes.includes('offline_access') && { prompt: 'consent' }),
      ...provider.settings.extraParameters,
      redirect_uri: `${origin}${CALLBACK_PATH}`,
      scope: provider.settings.scopes.join(' '),
      response_type: 'code',
      state: handle.key,
      nonce: derive(handle.browserSecret, 'nonce', handle.key),
      code_challenge: await oidc.calculatePKCECodeChallenge(derive(handle.browserSecret, 'pkce', handle.key)),
      code_challenge_method: 'S256',
    });
    return { url: url.href, browserSecret: handle.browserSecret };
  }

  /**
   * The browser is back from the provider.
   * @param query of its request
   * @throws ProductError BAD_REQUEST (this browser has begun no such sign-in), UNAUTHORIZED, DENIED (the account is disabled),
   *   CONFLICT (what is to be added leads to an account),
   *   UNAVAILABLE, TOO_MANY_REQUESTS
   */
  async complete(
    query: URLSearchParams,
    request: BrowserRequest,
  ): Promise<OpenedByProvider | NameWanted | AddedIdentity> {
    const [key = '', ...others] = query.getAll('state');
    const { browserSecret = '' } = request;
    const taken = await this.#deps.underWay.take<AtProvider>({ key, browserSecret }, 'provider');
    if (taken === undefined || others.length > 0) throw this.#refuse(request.from);
    return this.#try(taken.providerId, request.from, async () => {
      const provider = await this.#deps.providers.find(taken.providerId);
      if (provider?.kind !== 'oidc' || provider.version !== taken.providerVersion) throw isOver();
      const proof = { query, key, browserSecret, detail: taken.detail };
      const { identity, username, refreshToken } = await this.#prove(provider, proof);
      const { links } = taken.detail;
      if (links !== undefined) return this.#add(identity, { links, request, redirectTo: taken.detail.redirectTo });
      const chosen = provider.settings.autoOnboard ? username : undefined;
      const admission = await this.#deps.accounts.admit({ identity, username: chosen, from: request.from });
      const { redirectTo } = taken.detail;
      if (admission.kind !== 'name-wanted')
        return this.#open(admission, { identity, refreshToken, redirectTo, request });
      return this.#askName(identity, { redirectTo, refreshToken, suggestion: username ?? '' });
    });
  }

  /**
   * Somebody without an account has chosen a name for it.
   * @throws ProductError BAD_REQUEST (the name, or this browser has begun no sign-in), CONFLICT (the name is taken)
   */
  async onboard(username: string, request: BrowserRequest): Promise<OpenedByProvider> {
    const { underWay, accounts, settings } = this.#deps;
    assertGoodUsername(username, (await settings()).robotNamePrefix);
    const { browserSecret = '' } = request;
    const handle = { key: browserSecret, browserSecret };
    const taken = await underWay.take<AtName>(handle, 'name');
    if (taken === undefined) throw this.#refuse(request.from);
    return this.#try(taken.providerId, request.from, async () => {
      const { identity, redirectTo } = taken.detail;
      const admission = await accounts.admit({ identity, username, from: request.from });
      const refreshToken = openGrant(taken.detail.grant, browserSecret);
      if (admission.kind !== 'name-wanted') {
        return this.#open(admission, { identity, refreshToken, redirectTo, request });
      }
      await underWay.put(handle, { ...taken, stage: 'name' });
      throw new ProductError('CONFLICT', 'this name belongs to another account: choose another');
    });
  }

  /** As `endProviderSession`. */
  endSessionUrl(providerId: string, origin: string): Promise<string | undefined> {
    return endProviderSession(this.#deps, providerId, origin);
  }

  async #choose(id: string | undefined): Promise<OidcProvider> {
    const { providers } = this.#deps;
    const provider =
      id === undefined ? (await providers.list()).find(({ kind }) => kind === 'oidc') : await providers.find(id);
    if (provider?.kind === 'oidc') return provider;
    if (id !== undefined) throw new ProductError('NOT_FOUND', 'there is no such login provider');
    throw new ProductError('PRECONDITION', 'nobody signs in by OpenID Connect here: no such login provider is set up');
  }

  /** Failures of a network are bounded together with wrong passwords, and told to the audit log. */
  async #try<Result>(provider: string, from: RequestOrigin, step: () => Promise<Result>): Promise<Result> {
    const { events } = this.#deps;
    const attempt = this.#enter(from);
    try {
      const result = await step();
      attempt.cancel();
      return result;
    } catch (error) {
      const isOurs = !(error instanceof ProductError) || error.status >= 500;
      if (isOurs) attempt.cancel();
      events.failed({ origin: from, account: undefined, provider, reason: reasonOf(error) });
      throw error;
    }
  }

  /** @throws ProductError TOO_MANY_REQUESTS */
  #enter(from: RequestOrigin) {
    const { throttle, events, ids } = this.#deps;
    try {
      // A sign-in is nobody's yet, so it counts for the network alone.
      return throttle.begin(`sign-in ${ids.secret()}`, from.address);
    } catch (error) {
      events.refused({ origin: from, account: undefined });
      throw error;
    }
  }

  /** It costs no try: a page of somebody else can send a browser here, and would lock its network out. */
  #refuse(from: RequestOrigin): ProductError {
    this.#deps.events.refused({ origin: from, account: undefined });
    return isOver();
  }

  async #prove(
    provider: OidcProvider,
    {
      query,
      key,
      browserSecret,
      detail,
    }: {
      readonly query: URLSearchParams;
      readonly key: string;
      readonly browserSecret: string;
      readonly detail: AtProvider;
    },
  ): Promise<{
    readonly identity: ProvenIdentity;
    readonly username: string | undefined;
    readonly refreshToken: string | undefined;
  }> {
    const { settings } = provider;
    // The address that the provider was told, whatever host this request was sent to.
    const url = new URL(`${detail.origin}${CALLBACK_PATH}?${query}`);
    const { issuer, subject, claims, refreshToken } = await proveIdentity(
      await this.#deps.clients.get(provider),
      settings,
      {
        url,
        state: key,
        nonce: derive(browserSecret, 'nonce', key),
        codeVerifier: derive(browserSecret, 'pkce', key),
      },
    );
    const { groups, isAdministrator, username, profile } = readOidcClaims(claims, settings);
    const proven = { providerId: provider.id, providerVersion: provider.version, issuer, subject };
    return { identity: { ...proven, groups, isAdministrator, profile }, username, refreshToken };
  }

  /** In the very session in which it was asked for: nobody is sent to a provider to have somebody else's identity added. */
  async #add(
    identity: ProvenIdentity,
    input: { readonly links: LinkIntent; readonly request: BrowserRequest; readonly redirectTo: string },
  ): Promise<AddedIdentity> {
    const { links, request, redirectTo } = input;
    const { principal } = request.from;
    const isSame = principal.kind === 'user' && principal.id === links.userId && request.sessionId === links.sessionId;
    if (!isSame) throw isOver();
    await this.#deps.ownIdentities.add(links.userId, identity, request.from);
    return { kind: 'added', redirectTo };
  }

  async #askName(
    identity: ProvenIdentity,
    {
      redirectTo,
      refreshToken,
      suggestion,
    }: { readonly redirectTo: string; readonly refreshToken: string | undefined; readonly suggestion: string },
  ): Promise<NameWanted> {
    const browserSecret = this.#deps.ids.secret();
    const { providerId, providerVersion } = identity;
    const grant = refreshToken === undefined ? undefined : sealGrant(refreshToken, browserSecret);
    const detail: AtName = { redirectTo, identity, ...(grant !== undefined && { grant }) };
    const handle = { key: browserSecret, browserSecret };
    await this.#deps.underWay.put(handle, { stage: 'name', providerId, providerVersion, detail });
    return { kind: 'name-wanted', browserSecret, suggestion: suggestion.slice(0, 255).toWellFormed(), redirectTo };
  }

  /** Last of all, since a change of rights ends sessions. */
  async #open(
    admission: Exclude<Admission, { readonly kind: 'name-wanted' }>,
    {
      identity,
      refreshToken,
      redirectTo,
      request,
    }: {
      readonly identity: ProvenIdentity;
      readonly refreshToken: string | undefined;
      readonly redirectTo: string;
      readonly request: BrowserRequest;
    },
  ): Promise<OpenedByProvider> {
    const { users, sessions, grants, events } = this.#deps;
    const { providerId } = identity;
    const found = admission.kind === 'admitted' ? await users.find(admission.userId) : undefined;
    if (found === undefined) throw new ProductError('DENIED', 'this account is disabled: ask an administrator');
    const user = principalOfUser(found);
    const { from, replaces } = request;
    await grants.keep(found.id, identity, refreshToken);
    const opened = await sessions.open({ user, from, replaces, providerId });
    events.succeeded({ origin: from, account: user, provider: providerId });
    return { kind: 'opened', user, opened, redirectTo };
  }
}

function derive(browserSecret: string, what: 'nonce' | 'pkce', state: string): string {
  return createHmac('sha256', browserSecret).update(`${what}|${state}`).digest('base64url');
}

function isOver(): ProductError {
  return new ProductError('BAD_REQUEST', 'this sign-in is over, or was begun in another browser: begin again');
}

/** A word of the library's or of ours, and never what somebody has sent. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  for (const each of [cause, error]) {
    const code = each instanceof Error && 'code' in each ? each.code : undefined;
    if (typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code)) return code;
  }
  return 'UNKNOWN';
}
