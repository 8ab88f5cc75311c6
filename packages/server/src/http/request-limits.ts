import type { HttpLimits, ScopedLimits } from '../config/config.ts';
import { ProductError } from '../kernel/errors.ts';
import { clientNetworkOf } from '../kernel/ip-address.ts';
import { principalKey } from '../kernel/principal.ts';
import { principalOf } from './authentication.ts';
import type { Exchange } from './exchange.ts';
import { RATE_WINDOW_SECONDS, RateBuckets, type RateState } from './rate-buckets.ts';
import { RunningCounts } from './running-counts.ts';

/** For whom something is counted. */
type Scope = keyof ScopedLimits;
type Subject = 'requests' | 'transfers';

export type RefusalKind = 'address-requests' | `${Scope}-${Subject | 'rate'}`;

/** What a request needs of the limits. */
export type LimitedExchange = Pick<Exchange, 'address' | 'authentication' | 'life' | 'response'>;

export interface RequestLimitsDependencies {
  readonly limits: Pick<HttpLimits, 'maxRequestsPerAddress' | 'maxRequests' | 'maxTransfers' | 'requestRate'>;
  /** Milliseconds that only ever grow. */
  readonly now: () => number;
  readonly onRefusal: (kind: RefusalKind) => void;
}

/** What who is refused hears, by the scope. */
const WHO: Readonly<Record<Scope, string>> = {
  principal: 'One account',
  network: 'One network',
  instance: 'This registry',
};

const BUSY_RETRY_SECONDS = 1;
const remaining = new WeakMap<LimitedExchange, number>();

/**
 * How much one address, network, account or instance may ask of this process. Each `enter` counts until the request is over, and is
 * called when the one for whom it counts is known. All throw ProductError TOO_MANY_REQUESTS.
 */
export class RequestLimits {
  readonly #addresses: RunningCounts;
  readonly #running: Readonly<Record<Subject, Readonly<Record<Scope, RunningCounts>>>>;
  readonly #rates: Readonly<Record<Scope, RateBuckets>>;
  readonly #countsNetworks: boolean;
  readonly #countsPrincipals: boolean;
  readonly #onRefusal: (kind: RefusalKind) => void;

  constructor({ limits, now, onRefusal }: RequestLimitsDependencies) {
    const counts = (scoped: ScopedLimits) => forEachScope((scope) => new RunningCounts(scoped[scope]));
    this.#addresses = new RunningCounts(limits.maxRequestsPerAddress);
    this.#running = { requests: counts(limits.maxRequests), transfers: counts(limits.maxTransfers) };
    this.#rates = forEachScope((scope) => new RateBuckets(limits.requestRate[scope], now));
    this.#countsNetworks = limits.maxRequests.network > 0 || limits.requestRate.network > 0;
    this.#countsPrincipals = limits.maxRequests.principal > 0 || limits.requestRate.principal > 0;
    this.#onRefusal = onRefusal;
  }

  /** Before anything of a request is looked at: by its address and its network. */
  enterClient(exchange: LimitedExchange): void {
    const { address } = exchange;
    const { limit } = this.#addresses;
    if (limit > 0) {
      if (!this.#addresses.enter(address)) {
        throw this.#refuse('address-requests', `One address may have ${limit} requests under way at once.`);
      }
      exchange.life.onOver(() => this.#addresses.leave(address));
    }
    if (this.#countsNetworks) this.#enter(exchange, 'network', clientNetworkOf(address));
  }

  /** When it is known which instance a request is for. */
  enterInstance(exchange: LimitedExchange, instanceId: string): void {
    this.#enter(exchange, 'instance', instanceId);
  }

  /** When it is known who sends it: anonymous is nobody, and many at once. */
  enterPrincipal(exchange: LimitedExchange, instanceId: string): void {
    if (!this.#countsPrincipals) return;
    const key = principalKeyOf(exchange, instanceId);
    if (key !== undefined) this.#enter(exchange, 'principal', key);
  }

  /** When the bytes of a blob are about to come or to go. */
  enterTransfer(exchange: LimitedExchange, instanceId: string): void {
    const { principal, network } = this.#running.transfers;
    this.#count(exchange, 'instance', 'transfers', instanceId);
    if (network.limit > 0) this.#count(exchange, 'network', 'transfers', clientNetworkOf(exchange.address));
    const key = principal.limit > 0 ? principalKeyOf(exchange, instanceId) : undefined;
    if (key !== undefined) this.#count(exchange, 'principal', 'transfers', key);
  }

  #enter(exchange: LimitedExchange, scope: Scope, key: string): void {
    this.#spend(exchange, scope, key);
    this.#count(exchange, scope, 'requests', key);
  }

  #spend(exchange: LimitedExchange, scope: Scope, key: string): void {
    const state = this.#rates[scope].take(key);
    if (state === undefined) return;
    tellRate(exchange, state);
    if (state.waitSeconds === 0) return;
    const message = `${WHO[scope]} may send ${state.size} requests in ${RATE_WINDOW_SECONDS} seconds.`;
    throw this.#refuse(`${scope}-rate`, message, state.waitSeconds);
  }

  #count({ life }: LimitedExchange, scope: Scope, subject: Subject, key: string): void {
    const counts = this.#running[subject][scope];
    if (counts.limit === 0) return;
    if (counts.enter(key)) {
      life.onOver(() => counts.leave(key));
      return;
    }
    const what = subject === 'requests' ? 'requests under way' : 'blobs on their way';
    throw this.#refuse(`${scope}-${subject}`, `${WHO[scope]} may have ${counts.limit} ${what} at once.`);
  }

  #refuse(kind: RefusalKind, message: string, retryAfterSeconds = BUSY_RETRY_SECONDS): ProductError {
    this.#onRefusal(kind);
    return new ProductError('TOO_MANY_REQUESTS', message, { retryAfterSeconds });
  }
}

function forEachScope<Value>(create: (scope: Scope) => Value): Readonly<Record<Scope, Value>> {
  return { principal: create('principal'), network: create('network'), instance: create('instance') };
}

function principalKeyOf({ authentication }: LimitedExchange, instanceId: string): string | undefined {
  const principal = principalOf(authentication);
  return principal.kind === 'anonymous' ? undefined : `${instanceId} ${principalKey(principal)}`;
}

/** Of several limits the one that is nearest; `N;w=S` is what registries say and what their clients read. */
function tellRate(exchange: LimitedExchange, { size, left, resetSeconds }: RateState): void {
  if (left >= (remaining.get(exchange) ?? Number.POSITIVE_INFINITY)) return;
  remaining.set(exchange, left);
  const { response } = exchange;
  response.setHeader('RateLimit-Limit', `${size};w=${RATE_WINDOW_SECONDS}`);
  response.setHeader('RateLimit-Remaining', `${left};w=${RATE_WINDOW_SECONDS}`);
  response.setHeader('RateLimit-Reset', resetSeconds);
}
