import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { onFirstUse } from '../kernel/on-first-use.ts';
import type { UserWithPassword } from './users.ts';

const MAX_ENTRIES = 2_000;
const MAX_AGE_MS = 60_000;

/**
 * Remembers for a minute which passwords were right, since build systems ask for a token per call. Holds no password: the
 * key is an HMAC under a key of this process. An entry dies with the user's password hash and token epoch.
 */
export class VerifiedCredentials {
  readonly #key: Buffer;
  readonly #clock: Clock;
  readonly #entries = onFirstUse(
    () => new LRUCache<string, { readonly state: string; readonly until: number }>({ max: MAX_ENTRIES }),
  );

  constructor(ids: Pick<Ids, 'hex'>, clock: Clock) {
    this.#key = Buffer.from(ids.hex(32), 'hex');
    this.#clock = clock;
  }

  /** What stands for the pair here. The length keeps `a` + `bc` and `ab` + `c` apart. */
  keyOf(username: string, password: string): string {
    return createHmac('sha256', this.#key).update(`${username.length}:${username}${password}`).digest('base64');
  }

  has(key: string, user: UserWithPassword): boolean {
    const entry = this.#entries().get(key);
    if (entry === undefined) return false;
    if (entry.until > this.#clock.now() && entry.state === stateOf(user)) return true;
    this.#entries().delete(key);
    return false;
  }

  add(key: string, user: UserWithPassword): void {
    this.#entries().set(key, { state: stateOf(user), until: this.#clock.now() + MAX_AGE_MS });
  }
}

function stateOf(user: UserWithPassword): string {
  return `${user.id} ${user.tokenEpoch} ${user.passwordHash}`;
}
