import { LRUCache } from 'lru-cache';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import { clientNetworkOf } from '../kernel/ip-address.ts';
import { onFirstUse } from '../kernel/on-first-use.ts';
import type { Standing } from './password-queue.ts';
import { type Allowance, TokenBuckets } from './token-buckets.ts';

/** Guesses at one account from one network. */
const ACCOUNT_ALLOWANCE: Allowance = { burst: 10, refillMs: 30_000 };
/** Guesses at any account from one network, so that trying one password on many accounts is bounded too. */
const NETWORK_ALLOWANCE: Allowance = { burst: 100, refillMs: 3_000 };
/** Looks at what is remembered, for who may not try any more: each that finds nothing is a guess as well. */
const RECALL_ALLOWANCE: Allowance = { burst: 100, refillMs: 30_000 };
const MAX_PROVEN = 20_000;
/** How long an account that has signed in from a network is known there. */
const PROVEN_MS = 24 * 3_600_000;

/**
 * Bounds how often passwords can be guessed. Tries count per account *and* network, so nobody can lock a user out of other
 * networks; a try that succeeds costs nothing. An account that has signed in from a network within a day has tries of its own there,
 * when others of that network (a NAT, an office) have used up theirs.
 */
export interface LoginThrottle {
  /** Whether `begin` would take a try now. */
  isOpen(username: string, address: string): boolean;
  /**
   * For a try that `begin` would not take: whether what is remembered may answer it.
   * @param isHeld whether something is remembered of exactly this try
   * @throws ProductError TOO_MANY_REQUESTS unless it is, and there were not too many that were not
   */
  recall(username: string, address: string, isHeld: boolean): void;
  /**
   * Takes a try before the password is looked at, so that parallel guesses count as well.
   * @throws ProductError TOO_MANY_REQUESTS with the seconds to wait.
   */
  begin(username: string, address: string): LoginTry;
}

export interface LoginTry {
  /** How it waits among others. */
  readonly standing: Standing;
  /** The password was right: gives the try back and forgets earlier failures of the account from there. */
  succeed(): void;
  /** The password was not looked at: gives the try back. */
  cancel(): void;
}

export function createLoginThrottle(clock: Clock): LoginThrottle {
  const accounts = new TokenBuckets(ACCOUNT_ALLOWANCE, clock);
  const networks = new TokenBuckets(NETWORK_ALLOWANCE, clock);
  const ownTries = new TokenBuckets(ACCOUNT_ALLOWANCE, clock);
  const recalls = new TokenBuckets(RECALL_ALLOWANCE, clock);
  const proven = onFirstUse(() => new LRUCache<string, number>({ max: MAX_PROVEN }));
  const isProven = (account: string) => (proven().get(account) ?? 0) > clock.now();
  const commonWaitMs = (account: string, network: string) =>
    Math.max(accounts.waitMs(account), networks.waitMs(network));
  const waitMsOf = (account: string, network: string) => {
    const waitMs = commonWaitMs(account, network);
    return waitMs > 0 && isProven(account) ? Math.min(waitMs, ownTries.waitMs(account)) : waitMs;
  };
  return {
    isOpen: (username, address) => {
      const network = clientNetworkOf(address);
      return waitMsOf(`${network} ${username}`, network) === 0;
    },
    recall(username, address, isHeld) {
      const network = clientNetworkOf(address);
      const account = `${network} ${username}`;
      const mayLook = recalls.waitMs(account) === 0;
      if (mayLook && isHeld) return;
      if (mayLook) recalls.take(account);
      throw tooManyTries(waitMsOf(account, network));
    },
    begin(username, address) {
      const network = clientNetworkOf(address);
      const account = `${network} ${username}`;
      const waitMs = waitMsOf(account, network);
      if (waitMs > 0) throw tooManyTries(waitMs);
      const isFailing = accounts.isTouched(account) || networks.isTouched(network);
      const standing = isProven(account) ? 'proven' : isFailing ? 'failing' : 'unknown';
      const taken =
        commonWaitMs(account, network) === 0
          ? ([
              [accounts, account],
              [networks, network],
            ] as const)
          : ([[ownTries, account]] as const);
      for (const [buckets, key] of taken) buckets.take(key);
      const cancel = () => {
        for (const [buckets, key] of taken) buckets.giveBack(key);
      };
      return {
        standing,
        cancel,
        succeed() {
          cancel();
          accounts.forget(account);
          ownTries.forget(account);
          proven().set(account, clock.now() + PROVEN_MS);
        },
      };
    },
  };
}

function tooManyTries(waitMs: number): ProductError {
  return new ProductError('TOO_MANY_REQUESTS', 'too many failed sign-ins from this network: wait before the next try', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}
