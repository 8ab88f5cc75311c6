import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { onFirstUse } from '../kernel/on-first-use.ts';
import type { UserWithPassword } from './users/users.ts';

const MAX_ENTRIES = 2_000;
const MAX_AGE_MS = 60_000;
const MAX_WRONG_AGE_MS = 600_000;

/**
 * Remembers for a while which passwords were right, and which were wrong. Holds no password: the key is a hash that begins with a
 * secret of this process. An entry dies with the account's password hash and token epoch.
 */
export class VerifiedCredentials {
  readonly #secret: string;
  readonly #right: Memory;
  readonly #wrong: Memory;

  constructor(ids: Pick<Ids, 'hex'>, clock: Clock) {
    this.#secret = ids.hex(32);
    this.#right = new Memory(clock, MAX_AGE_MS);
    this.#wrong = new Memory(clock, MAX_WRONG_AGE_MS);
  }

  /**
   * What stands for a try here. It is the network's own: what is known of a password from there tells nobody elsewhere anything. The
   * lengths keep `a` + `bc` and `ab` + `c` apart.
   */
  keyOf(network: string, username: string, password: string): string {
    return hash(
      'sha256',
      `${this.#secret}${network.length}:${username.length}:${network}${username}${password}`,
      'base64',
    );
  }

  /** Whether there is something to compare with a user. */
  isHeld(key: string): boolean {
    return this.#right.isHeld(key);
  }

  isRight(key: string, account: UserWithPassword): boolean {
    return this.#right.has(key, stateOf(account));
  }

  isWrong(key: string, account: UserWithPassword | undefined): boolean {
    return this.#wrong.has(key, stateOf(account));
  }

  noteRight(key: string, account: UserWithPassword): void {
    this.#right.add(key, stateOf(account));
  }

  noteWrong(key: string, account: UserWithPassword | undefined): void {
    this.#wrong.add(key, stateOf(account));
  }
}

interface Entry {
  readonly state: string;
  readonly until: number;
}

class Memory {
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  readonly #entries = onFirstUse(() => new LRUCache<string, Entry>({ max: MAX_ENTRIES }));

  constructor(clock: Clock, maxAgeMs: number) {
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
  }

  isHeld(key: string): boolean {
    return (this.#entries().get(key)?.until ?? 0) > this.#clock.now();
  }

  has(key: string, state: string): boolean {
    const entry = this.#entries().get(key);
    if (entry === undefined) return false;
    if (entry.until > this.#clock.now() && entry.state === state) return true;
    this.#entries().delete(key);
    return false;
  }

  add(key: string, state: string): void {
    this.#entries().set(key, { state, until: this.#clock.now() + this.#maxAgeMs });
  }
}

/** Somebody who is not there has a state like everybody else. */
function stateOf(account: UserWithPassword | undefined): string {
  return account === undefined ? 'nobody' : `${account.id} ${account.tokenEpoch} ${account.passwordHash}`;
}
