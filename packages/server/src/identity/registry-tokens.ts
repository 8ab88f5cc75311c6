import type { ResourceScope } from '@roadstead/oci';
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { onFirstUse } from '../kernel/on-first-use.ts';
import { ANONYMOUS, type Principal } from '../kernel/principal.ts';
import type { AccessSettings } from './access-settings.ts';
import type { MachineSubjects } from './machine-subjects.ts';
import { SIGNING_ALGORITHM, type SigningKeys } from './signing-keys.ts';
import { PRINCIPAL_CLAIM, parseTokenClaims, type TokenClaims, type TokenSubject } from './token-claims.ts';
import { principalOfUser, type User } from './user.ts';
import type { Users } from './users/users.ts';

/** What `service` and `aud` are, as Harbor's. */
export const REGISTRY_SERVICE = 'harbor-registry';

const DEFAULT_TTL_SECONDS = 30 * 60;
/** Docker's clients take any shorter life for this. */
const MIN_TTL_SECONDS = 60;
const MAX_TTL_SECONDS = 24 * 3600;
/** Another process's clock may be behind. */
const CLOCK_SKEW_SECONDS = 10;
const MAX_TOKEN_LENGTH = 64 * 1024;
const MAX_REMEMBERED_TOKENS = 10_000;
const MAX_REMEMBERED_CHARACTERS = 16 * 1024 * 1024;
/** The only header fields of a token of ours: one with a key of its own (`jwk`, `x5c`, `jku` …) or `crit` is a forgery. */
const HEADER_FIELDS: ReadonlySet<string> = new Set(['alg', 'kid', 'typ']);

/** The bearer tokens of `/v2`. */
export interface RegistryTokens {
  /**
   * @param input.principal anonymous, a user, a robot, an access token or a workload, whose tokens end with its own; one that has signed in binds the token to the epoch of that
   * @param input.ttlSeconds default 30 minutes; brought between a minute and a day
   * @throws ProductError UNAUTHORIZED when the account is gone.
   */
  issue(input: {
    readonly principal: Principal;
    readonly access: readonly ResourceScope[];
    readonly ttlSeconds?: number;
  }): Promise<IssuedToken>;
  /** Of tokens for which nobody asks another. */
  lifetimeSeconds(): Promise<number>;
  /** @returns undefined when the token is not one of this instance's, is over, or was revoked */
  verify(rawToken: string): Promise<VerifiedToken | undefined>;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  /** Milliseconds since 1970, whole seconds. */
  readonly issuedAt: number;
}

export interface VerifiedToken {
  /** With the rights that the user has now, not when the token was issued. */
  readonly principal: Principal;
  readonly access: readonly ResourceScope[];
}

export interface RegistryTokensDependencies {
  readonly signingKeys: Pick<SigningKeys, 'getSigner' | 'findVerifier'>;
  readonly users: Pick<Users, 'find' | 'findRecent'>;
  readonly machines: Pick<MachineSubjects, 'subjectOf' | 'findPrincipal'>;
  readonly settings: () => Promise<Pick<AccessSettings, 'tokenMinutes'>>;
  /** Of tokens for which nobody asks another, where no administrator has said so. Default: 30 minutes. */
  readonly defaultTtlSeconds?: number | undefined;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly instanceId: string;
}

interface RememberedToken {
  readonly keyId: string;
  readonly claims: TokenClaims;
}

export function createRegistryTokens(dependencies: RegistryTokensDependencies): RegistryTokens {
  return new SignedRegistryTokens(dependencies);
}

class SignedRegistryTokens implements RegistryTokens {
  readonly #dependencies: RegistryTokensDependencies;
  readonly #issuer: string;
  readonly #remembered = onFirstUse(
    () =>
      new LRUCache<string, RememberedToken>({
        max: MAX_REMEMBERED_TOKENS,
        maxSize: MAX_REMEMBERED_CHARACTERS,
        sizeCalculation: (_token, raw) => raw.length,
      }),
  );

  constructor(dependencies: RegistryTokensDependencies) {
    this.#dependencies = dependencies;
    this.#issuer = `roadstead/${dependencies.instanceId}`;
  }

  async lifetimeSeconds(): Promise<number> {
    const { settings, defaultTtlSeconds = DEFAULT_TTL_SECONDS } = this.#dependencies;
    const { tokenMinutes } = await settings();
    return tokenMinutes === null ? defaultTtlSeconds : tokenMinutes * 60;
  }

  async issue(input: Parameters<RegistryTokens['issue']>[0]): Promise<IssuedToken> {
    const { signingKeys, clock, ids } = this.#dependencies;
    const wanted = input.ttlSeconds ?? (await this.lifetimeSeconds());
    const { subject, name } = await this.#subjectOf(input.principal);
    const { keyId, privateKey } = await signingKeys.getSigner();
    const nowSeconds = Math.floor(clock.now() / 1000);
    const usual = Math.trunc(Math.min(MAX_TTL_SECONDS, Math.max(MIN_TTL_SECONDS, wanted)));
    const expiresInSeconds = Math.min(usual, secondsLeft(input.principal, nowSeconds));
    if (expiresInSeconds < 1) throw new ProductError('UNAUTHORIZED', 'what was shown has ended by now');
    const token = await new SignJWT({ access: input.access, [PRINCIPAL_CLAIM]: subject })
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: keyId, typ: 'JWT' })
      .setIssuer(this.#issuer)
      .setSubject(name)
      .setAudience(REGISTRY_SERVICE)
      .setJti(ids.uuid())
      .setIssuedAt(nowSeconds)
      .setNotBefore(nowSeconds - CLOCK_SKEW_SECONDS)
      .setExpirationTime(nowSeconds + expiresInSeconds)
      .sign(privateKey);
    return { token, expiresInSeconds, issuedAt: nowSeconds * 1000 };
  }

  async verify(rawToken: string): Promise<VerifiedToken | undefined> {
    const remembered = this.#remembered().get(rawToken);
    const token = remembered ?? (await this.#check(rawToken));
    if (token === undefined) return undefined;
    if (token.claims.expiresAtSeconds * 1000 <= this.#dependencies.clock.now()) {
      this.#remembered().delete(rawToken);
      return undefined;
    }
    // A key that was withdrawn takes its tokens along, also those that were checked before.
    if ((await this.#dependencies.signingKeys.findVerifier(token.keyId)) === undefined) return undefined;
    const principal = await this.#findPrincipal(token.claims.subject);
    if (principal === undefined) return undefined;
    if (remembered === undefined) this.#remembered().set(rawToken, token);
    return { principal, access: token.claims.access };
  }

  async #check(rawToken: string): Promise<RememberedToken | undefined> {
    if (rawToken.length > MAX_TOKEN_LENGTH) return undefined;
    const keyId = readKeyId(rawToken);
    if (keyId === undefined) return undefined;
    const key = await this.#dependencies.signingKeys.findVerifier(keyId);
    if (key === undefined) return undefined;
    try {
      const { payload } = await jwtVerify(rawToken, key, {
        algorithms: [SIGNING_ALGORITHM],
        typ: 'JWT',
        issuer: this.#issuer,
        audience: REGISTRY_SERVICE,
        currentDate: new Date(this.#dependencies.clock.now()),
        requiredClaims: ['sub', 'exp', 'nbf', 'iat', 'jti'],
      });
      const claims = parseTokenClaims(payload);
      return claims === undefined ? undefined : { keyId, claims };
    } catch {
      return undefined;
    }
  }

  async #subjectOf(principal: Principal): Promise<{ readonly subject: TokenSubject; readonly name: string }> {
    if (principal.kind === 'anonymous') return { subject: { kind: 'anonymous' }, name: '' };
    if (principal.kind === 'robot' || principal.kind === 'access-token' || principal.kind === 'workload') {
      return { subject: await this.#dependencies.machines.subjectOf(principal), name: principal.name };
    }
    if (principal.kind !== 'user') throw new Error(`registry tokens for a ${principal.kind} do not exist yet`);
    const user = await this.#dependencies.users.find(principal.id);
    if (user === undefined) throw new ProductError('UNAUTHORIZED', 'this user does not exist any more');
    return { subject: { kind: 'user', id: user.id, epoch: signInEpoch(principal, user) }, name: user.name };
  }

  async #findPrincipal(subject: TokenSubject): Promise<Principal | undefined> {
    if (subject.kind === 'anonymous') return ANONYMOUS;
    if (subject.kind !== 'user') return this.#dependencies.machines.findPrincipal(subject);
    const user = await this.#dependencies.users.findRecent(subject.id);
    return user?.tokenEpoch === subject.epoch ? principalOfUser(user) : undefined;
  }
}

/** What somebody else vouches for ends with the word of that, however soon. */
function secondsLeft(principal: Principal, nowSeconds: number): number {
  if (principal.kind !== 'workload') return MAX_TTL_SECONDS;
  const expiresAt = 'expiresAt' in principal ? Number(principal.expiresAt) : 0;
  return Math.floor(expiresAt / 1000) - nowSeconds;
}

/** When the password changed between the sign-in and now, the token must be born dead. */
function signInEpoch(principal: Principal, user: User): number {
  return 'tokenEpoch' in principal && typeof principal.tokenEpoch === 'number' ? principal.tokenEpoch : user.tokenEpoch;
}

function readKeyId(rawToken: string): string | undefined {
  try {
    const header = decodeProtectedHeader(rawToken);
    if (header.alg !== SIGNING_ALGORITHM || typeof header.kid !== 'string') return undefined;
    return Object.keys(header).every((field) => HEADER_FIELDS.has(field)) ? header.kid : undefined;
  } catch {
    return undefined;
  }
}
