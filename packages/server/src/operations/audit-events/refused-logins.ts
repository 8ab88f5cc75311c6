import type { JournalEntry } from '../../journal/journal.ts';
import type { RequestOrigin } from '../../kernel/actor.ts';
import { clientNetworkInCidr, clientNetworkOf } from '../../kernel/ip-address.ts';
import { ANONYMOUS } from '../../kernel/principal.ts';

/** Tries of one account from one network that were refused since the last entry. */
interface Refused {
  readonly account: string;
  /** The first of them. */
  readonly origin: RequestOrigin;
  readonly firstAt: number;
  lastAt: number;
  count: number;
}

/** From the first of them to the entry that counts them. */
export const REFUSED_WINDOW_MS = 10_000;
/** Further ones share one entry. */
const MAX_ENTRIES = 100;
const SEVERAL = 'several';

/** Counts sign-ins that were refused, so that a thousand a second are a few entries. Its memory is bounded. */
export class RefusedLogins {
  readonly #refused = new Map<string, Refused>();

  get isEmpty(): boolean {
    return this.#refused.size === 0;
  }

  /** @param account its key, or `unknown` */
  add(account: string, origin: RequestOrigin, at: number): void {
    const key = `${account} ${clientNetworkOf(origin.address)}`;
    const isRoom = this.#refused.has(key) || this.#refused.size < MAX_ENTRIES;
    const found = this.#refused.get(isRoom ? key : SEVERAL);
    if (found !== undefined) {
      found.count += 1;
      found.lastAt = at;
      return;
    }
    const counted = { firstAt: at, lastAt: at, count: 1 };
    if (isRoom) this.#refused.set(key, { account, origin, ...counted });
    else this.#refused.set(SEVERAL, { account: SEVERAL, origin: NOWHERE, ...counted });
  }

  /** Takes the entries whose time has come; all of them when `now` is infinite. */
  take(now: number): readonly JournalEntry[] {
    const entries: JournalEntry[] = [];
    for (const [key, refused] of this.#refused) {
      if (now - refused.firstAt < REFUSED_WINDOW_MS) continue;
      this.#refused.delete(key);
      entries.push(toEntry(refused));
    }
    return entries;
  }
}

const NOWHERE: RequestOrigin = { requestId: '', address: '', userAgent: '' };

function toEntry({ account, origin, firstAt, lastAt, count }: Refused): JournalEntry {
  const network = origin === NOWHERE ? SEVERAL : clientNetworkInCidr(origin.address);
  return {
    at: lastAt,
    actor: { ...origin, principal: ANONYMOUS },
    kind: 'login.refused',
    detail: { resource: account, outcome: 'refused', network, count, since: firstAt },
  };
}
