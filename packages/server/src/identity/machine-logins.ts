import { LRUCache } from 'lru-cache';
import type { Clock } from '../kernel/clock.ts';
import { clientNetworkOf } from '../kernel/ip-address.ts';
import { onFirstUse } from '../kernel/on-first-use.ts';
import { principalKey } from '../kernel/principal.ts';
import type { LoginEvents, LoginTry } from './login-events.ts';

const EVERY_MS = 3_600_000;
const MAX_REMEMBERED = 10_000;

/**
 * Tells of sign-ins by secrets that the server made, which are looked at with each request: a build server sends thousands an hour. So
 * each account's are told once an hour for each network, those that succeed and those that fail.
 */
export class MachineLogins {
  readonly #events: Pick<LoginEvents, 'succeeded' | 'failed'>;
  readonly #clock: Clock;
  readonly #told = onFirstUse(() => new LRUCache<string, number>({ max: MAX_REMEMBERED }));

  constructor(events: Pick<LoginEvents, 'succeeded' | 'failed'>, clock: Clock) {
    this.#events = events;
    this.#clock = clock;
  }

  succeeded(login: Parameters<LoginEvents['succeeded']>[0]): void {
    if (this.#isDue('succeeded', login)) this.#events.succeeded(login);
  }

  failed(login: LoginTry): void {
    if (this.#isDue('failed', login)) this.#events.failed(login);
  }

  #isDue(outcome: string, { origin, account, detail }: LoginTry): boolean {
    const now = this.#clock.now();
    const who = account === undefined ? '' : principalKey(account);
    const how = detail === undefined ? '' : JSON.stringify(detail);
    const key = `${outcome} ${who} ${clientNetworkOf(origin.address)} ${how}`;
    const before = this.#told().get(key);
    if (before !== undefined && now - before < EVERY_MS) return false;
    this.#told().set(key, now);
    return true;
  }
}
