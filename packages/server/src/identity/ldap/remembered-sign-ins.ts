import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';

/** For how long a directory is not asked again about the same name and password: what it takes away is gone after that. */
export const REMEMBERED_MS = 60_000;
const MAX_ENTRIES = 2_000;

/** Whom a directory has let in. */
export interface RememberedSignIn {
  readonly userId: number;
  /** The account's then: whatever signs it out ends this as well. */
  readonly tokenEpoch: number;
  readonly providerId: string;
  readonly providerVersion: number;
}

interface Entry {
  /** Undefined: it was wrong. */
  readonly signIn: RememberedSignIn | undefined;
  /** Which directories were asked about, in which version. */
  readonly asked: string;
  readonly until: number;
}

/**
 * What directories have said lately, right or wrong, so that a pull of many layers is not a bind for each, and a job with an old
 * password does not lock its account there. Holds no password: the key is a hash that begins with a secret of this process.
 */
export class RememberedSignIns {
  readonly #secret: string;
  readonly #clock: Clock;
  readonly #entries = onFirstUse(() => new LRUCache<string, Entry>({ max: MAX_ENTRIES }));

  constructor(ids: Pick<Ids, 'hex'>, clock: Clock) {
    this.#secret = ids.hex(32);
    this.#clock = clock;
  }

  /** The network's own, as for passwords here. The lengths keep `a` + `bc` and `ab` + `c` apart. */
  keyOf(network: string, username: string, password: string): string {
    const lengths = `${network.length}:${username.length}:`;
    return hash('sha256', `${this.#secret}${lengths}${network}${username}${password}`, 'base64');
  }

  findRight(key: string): RememberedSignIn | undefined {
    return this.#find(key)?.signIn;
  }

  isWrong(key: string, asked: string): boolean {
    const entry = this.#find(key);
    return entry !== undefined && entry.signIn === undefined && entry.asked === asked;
  }

  /** @param askedAt when the directory began to be asked */
  note(key: string, asked: string, signIn: RememberedSignIn | undefined, askedAt: number): void {
    this.#entries().set(key, { signIn, asked, until: askedAt + REMEMBERED_MS });
  }

  forget(key: string): void {
    this.#entries().delete(key);
  }

  #find(key: string): Entry | undefined {
    const entry = this.#entries().get(key);
    if (entry === undefined || entry.until > this.#clock.now()) return entry;
    this.#entries().delete(key);
    return undefined;
  }
}
