import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import { onFirstUse } from '../kernel/on-first-use.ts';

/** So many tries at once, then one more after each interval. */
interface Allowance {
  readonly burst: number;
  readonly refillMs: number;
}

/** Guesses at one account from one network. */
const ACCOUNT_ALLOWANCE: Allowance = { burst: 10, refillMs: 30_000 };
/** Guesses at any account from one network, so that trying one password on many accounts is bounded too. */
const NETWORK_ALLOWANCE: Allowance = { burst: 100, refillMs: 3_000 };
const MAX_BUCKETS = 20_000;
const IPV4_PREFIX_BITS = 24;
const IPV6_PREFIX_BITS = 64;

/**
 * Bounds how often passwords can be guessed. Tries count per account *and* network, so nobody can lock a user out of other
 * networks; a try that succeeds costs nothing.
 */
export interface LoginThrottle {
  /**
   * Takes a try before the password is looked at, so that parallel guesses count as well.
   * @throws ProductError TOO_MANY_REQUESTS with the seconds to wait.
   */
  begin(username: string, address: string): LoginTry;
}

export interface LoginTry {
  /** The password was right: gives the try back and forgets earlier failures of the account from there. */
  succeed(): void;
  /** The password was not looked at: gives the try back. */
  cancel(): void;
}

export function createLoginThrottle(clock: Clock): LoginThrottle {
  const accounts = new TokenBuckets(ACCOUNT_ALLOWANCE, clock);
  const networks = new TokenBuckets(NETWORK_ALLOWANCE, clock);
  return {
    begin(username, address) {
      const network = networkOf(address);
      const account = `${network} ${username}`;
      const waitMs = Math.max(accounts.waitMs(account), networks.waitMs(network));
      if (waitMs > 0) throw tooManyTries(waitMs);
      accounts.take(account);
      networks.take(network);
      return {
        succeed() {
          accounts.forget(account);
          networks.giveBack(network);
        },
        cancel() {
          accounts.giveBack(account);
          networks.giveBack(network);
        },
      };
    },
  };
}

function tooManyTries(waitMs: number): ProductError {
  return new ProductError('TOO_MANY_REQUESTS', 'too many failed sign-ins from this network: wait before the next try', {
    retryAfterSeconds: Math.ceil(waitMs / 1000),
  });
}

/** The /24 or /64 of an address; IPv4 in IPv6 clothes counts as IPv4. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  const isV4 = parsed.kind() === 'ipv4';
  const bytes = parsed.toByteArray().slice(0, (isV4 ? IPV4_PREFIX_BITS : IPV6_PREFIX_BITS) / 8);
  return `${isV4 ? 4 : 6}/${Buffer.from(bytes).toString('hex')}`;
}

interface Bucket {
  readonly left: number;
  readonly at: number;
}

class TokenBuckets {
  readonly #allowance: Allowance;
  readonly #clock: Clock;
  readonly #buckets = onFirstUse(() => new LRUCache<string, Bucket>({ max: MAX_BUCKETS }));

  constructor(allowance: Allowance, clock: Clock) {
    this.#allowance = allowance;
    this.#clock = clock;
  }

  waitMs(key: string): number {
    return Math.max(0, Math.ceil((1 - this.#left(key)) * this.#allowance.refillMs));
  }

  take(key: string): void {
    this.#put(key, this.#left(key) - 1);
  }

  giveBack(key: string): void {
    this.#put(key, this.#left(key) + 1);
  }

  forget(key: string): void {
    this.#buckets().delete(key);
  }

  #left(key: string): number {
    const bucket = this.#buckets().get(key);
    if (bucket === undefined) return this.#allowance.burst;
    const refilled = (this.#clock.now() - bucket.at) / this.#allowance.refillMs;
    return Math.min(this.#allowance.burst, bucket.left + refilled);
  }

  #put(key: string, left: number): void {
    if (left >= this.#allowance.burst) this.#buckets().delete(key);
    else this.#buckets().set(key, { left, at: this.#clock.now() });
  }
}
