import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';
import { fetchIssuerKeys, type IssuerAccess } from './fetch-issuer-keys.ts';
import type { ForeignKey } from './foreign-keys.ts';
import { ForeignTokenError } from './foreign-token-error.ts';

const MAX_ISSUERS = 256;
/** After that the keys are asked for anew, so a key that the issuer withdrew is honoured no longer than this. */
const FRESH_MS = 3_600_000;
/** Between two questions for a key that is not known, whoever sends such tokens. */
const REFRESH_PAUSE_MS = 60_000;
/** Between two questions while there are no keys at all. */
const RETRY_PAUSE_MS = 5_000;
/** For so long the last keys hold while the issuer does not answer. */
const MAX_OUTAGE_MS = 24 * 3_600_000;

interface Known {
  keys: readonly ForeignKey[] | undefined;
  fetchedAt: number;
  askedAt: number;
  asking: Promise<void> | undefined;
  failure: unknown;
}

export interface IssuerKeysDependencies extends IssuerAccess {
  readonly clock: Clock;
}

/** The public keys of issuers, remembered: at most 256 issuers, an hour each, and a day when they do not answer. */
export class IssuerKeys {
  readonly #deps: IssuerKeysDependencies;
  readonly #known = onFirstUse(() => new LRUCache<string, Known>({ max: MAX_ISSUERS }));

  constructor(dependencies: IssuerKeysDependencies) {
    this.#deps = dependencies;
  }

  /**
   * @param issuer one that a rule names, never one that only a token names
   * @param keyId of the token; one that is not known makes us ask the issuer again, at most once a minute
   * @throws ForeignTokenError keys-unavailable
   */
  async find(issuer: string, keyId: string | undefined): Promise<readonly ForeignKey[]> {
    const known = this.#known().get(issuer) ?? this.#remember(issuer);
    if (this.#mustAsk(known, keyId)) {
      known.asking ??= this.#ask(issuer, known).finally(() => {
        known.asking = undefined;
      });
      await known.asking;
    }
    if (known.keys !== undefined && this.#ageOf(known) < MAX_OUTAGE_MS) return known.keys;
    const message = 'the keys of the issuer cannot be had: check that its discovery document can be read from here';
    throw new ForeignTokenError('keys-unavailable', message, known.failure);
  }

  #remember(issuer: string): Known {
    const never = Number.NEGATIVE_INFINITY;
    const known = { keys: undefined, fetchedAt: never, askedAt: never, asking: undefined, failure: undefined };
    this.#known().set(issuer, known);
    return known;
  }

  #mustAsk(known: Known, keyId: string | undefined): boolean {
    const isUsable = known.keys !== undefined && this.#ageOf(known) < MAX_OUTAGE_MS;
    const hasKey = keyId === undefined || known.keys?.some((key) => key.keyId === keyId) === true;
    if (isUsable && hasKey && this.#ageOf(known) < FRESH_MS) return false;
    if (known.asking !== undefined) return true;
    return this.#deps.clock.now() - known.askedAt >= (isUsable ? REFRESH_PAUSE_MS : RETRY_PAUSE_MS);
  }

  #ageOf({ fetchedAt }: Known): number {
    return this.#deps.clock.now() - fetchedAt;
  }

  async #ask(issuer: string, known: Known): Promise<void> {
    known.askedAt = this.#deps.clock.now();
    try {
      known.keys = await fetchIssuerKeys(this.#deps, issuer);
      known.fetchedAt = this.#deps.clock.now();
      known.failure = undefined;
    } catch (failure) {
      known.failure = failure;
    }
  }
}
