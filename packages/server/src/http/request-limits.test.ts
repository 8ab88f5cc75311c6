import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../kernel/principal.ts';
import {
  type LimitedExchange,
  type RefusalKind,
  RequestLimits,
  type RequestLimitsDependencies,
} from './request-limits.ts';

const NONE = { principal: 0, network: 0, instance: 0 };
const OFF = { maxRequestsPerAddress: 0, maxRequests: NONE, maxTransfers: NONE, requestRate: NONE };

let nowMs: number;
let refusals: RefusalKind[];
beforeEach(() => {
  nowMs = 0;
  refusals = [];
});

function create(limits: Partial<RequestLimitsDependencies['limits']>): RequestLimits {
  return new RequestLimits({
    limits: { ...OFF, ...limits },
    now: () => nowMs,
    onRefusal: (kind) => refusals.push(kind),
  });
}

interface TestExchange extends LimitedExchange {
  readonly headers: Map<string, unknown>;
  end(): void;
}

function requestOf(address: string, principal?: Principal): TestExchange {
  const listeners: (() => void)[] = [];
  const headers = new Map<string, unknown>();
  return {
    address,
    authentication: principal === undefined ? { kind: 'none' } : { kind: 'basic', principal },
    life: { onOver: (listener: () => void) => listeners.push(listener) } as unknown as TestExchange['life'],
    response: {
      setHeader: (name: string, value: unknown) => headers.set(name, value),
    } as unknown as TestExchange['response'],
    headers,
    end: () => {
      for (const listener of listeners.splice(0)) listener();
    },
  };
}

const user = (id: number): Principal => ({ kind: 'user', id, name: `user${id}`, isAdministrator: false });
const BUSY = { code: 'TOO_MANY_REQUESTS', status: 429, retryAfterSeconds: 1 };

describe('requests at the same time', () => {
  it('of one address are refused beyond the limit, and let in again as others end', () => {
    const limits = create({ maxRequestsPerAddress: 2 });
    const first = requestOf('192.0.2.1');
    limits.enterClient(first);
    limits.enterClient(requestOf('192.0.2.1'));
    expect(() => limits.enterClient(requestOf('192.0.2.1'))).toThrow(expect.objectContaining(BUSY));
    limits.enterClient(requestOf('192.0.2.2'));
    first.end();
    limits.enterClient(requestOf('192.0.2.1'));
    expect(refusals).toEqual(['address-requests']);
  });

  it('of one network count together', () => {
    const limits = create({ maxRequests: { ...NONE, network: 2 } });
    limits.enterClient(requestOf('192.0.2.1'));
    limits.enterClient(requestOf('::ffff:192.0.2.200'));
    expect(() => limits.enterClient(requestOf('192.0.2.3'))).toThrow(expect.objectContaining(BUSY));
    limits.enterClient(requestOf('192.0.3.3'));
    expect(refusals).toEqual(['network-requests']);
  });

  it('of one account count together in one instance, from wherever they come; anonymous is nobody', () => {
    const limits = create({ maxRequests: { ...NONE, principal: 1 } });
    const first = requestOf('192.0.2.1', user(7));
    limits.enterPrincipal(first, 'a');
    expect(() => limits.enterPrincipal(requestOf('198.51.100.1', user(7)), 'a')).toThrow('One account');
    limits.enterPrincipal(requestOf('192.0.2.1', user(7)), 'b');
    limits.enterPrincipal(requestOf('192.0.2.1', user(8)), 'a');
    for (let index = 0; index < 100; index += 1) limits.enterPrincipal(requestOf('192.0.2.1'), 'a');
    first.end();
    limits.enterPrincipal(requestOf('192.0.2.1', user(7)), 'a');
    expect(refusals).toEqual(['principal-requests']);
  });

  it('of one instance count together', () => {
    const limits = create({ maxRequests: { ...NONE, instance: 1 } });
    limits.enterInstance(requestOf('192.0.2.1'), 'a');
    limits.enterInstance(requestOf('192.0.2.1'), 'b');
    expect(() => limits.enterInstance(requestOf('198.51.100.1'), 'a')).toThrow('This registry');
  });

  it('have no limit when it is 0', () => {
    const limits = create({});
    for (let index = 0; index < 1_000; index += 1) {
      const exchange = requestOf('192.0.2.1', user(1));
      limits.enterClient(exchange);
      limits.enterInstance(exchange, 'a');
      limits.enterPrincipal(exchange, 'a');
      limits.enterTransfer(exchange, 'a');
      expect(exchange.headers.size).toBe(0);
    }
  });
});

describe('blobs on their way', () => {
  it.each(['principal', 'network', 'instance'] as const)(
    'are bounded by %s, and nothing is kept of one refused',
    (scope) => {
      const limits = create({ maxTransfers: { ...NONE, [scope]: 2 } });
      const exchanges = [1, 2, 3].map(() => requestOf('192.0.2.1', user(7)));
      const [first, second, third] = exchanges as [TestExchange, TestExchange, TestExchange];
      limits.enterTransfer(first, 'a');
      limits.enterTransfer(second, 'a');
      expect(() => limits.enterTransfer(third, 'a')).toThrow(expect.objectContaining(BUSY));
      expect(refusals).toEqual([`${scope}-transfers`]);
      for (const each of exchanges) each.end();
      limits.enterTransfer(requestOf('192.0.2.1', user(7)), 'a');
      limits.enterTransfer(requestOf('192.0.2.1', user(7)), 'a');
      expect(() => limits.enterTransfer(requestOf('192.0.2.1', user(7)), 'a')).toThrow('blobs on their way');
    },
  );
});

describe('a rate', () => {
  it('lets ten seconds of it come at once, then as many as it says, and tells so', () => {
    const limits = create({ requestRate: { ...NONE, network: 5 } });
    for (let index = 0; index < 50; index += 1) limits.enterClient(requestOf('192.0.2.1'));
    const refused = requestOf('192.0.2.2');
    expect(() => limits.enterClient(refused)).toThrow(expect.objectContaining({ status: 429, retryAfterSeconds: 1 }));
    expect(Object.fromEntries(refused.headers)).toEqual({
      'RateLimit-Limit': '50;w=10',
      'RateLimit-Remaining': '0;w=10',
      'RateLimit-Reset': 10,
    });
    limits.enterClient(requestOf('198.51.100.1'));
    nowMs += 1_000;
    for (let index = 0; index < 5; index += 1) limits.enterClient(requestOf('192.0.2.1'));
    expect(() => limits.enterClient(requestOf('192.0.2.1'))).toThrow('50 requests in 10 seconds');
    nowMs += 60_000;
    const rested = requestOf('192.0.2.1');
    limits.enterClient(rested);
    expect(rested.headers.get('RateLimit-Remaining')).toBe('49;w=10');
    expect(refusals).toEqual(['network-rate', 'network-rate']);
  });

  it('of several tells the nearest', () => {
    const limits = create({ requestRate: { principal: 1, network: 10, instance: 100 } });
    const exchange = requestOf('192.0.2.1', user(1));
    limits.enterClient(exchange);
    expect(exchange.headers.get('RateLimit-Limit')).toBe('100;w=10');
    limits.enterInstance(exchange, 'a');
    expect(exchange.headers.get('RateLimit-Limit')).toBe('100;w=10');
    limits.enterPrincipal(exchange, 'a');
    expect(exchange.headers.get('RateLimit-Limit')).toBe('10;w=10');
  });

  it('remembers no more than some ten thousand networks', () => {
    const limits = create({ requestRate: { ...NONE, network: 1 } });
    for (let index = 0; index < 10; index += 1) limits.enterClient(requestOf('192.0.2.1'));
    expect(() => limits.enterClient(requestOf('192.0.2.1'))).toThrow('One network');
    for (let index = 0; index < 20_000; index += 1)
      limits.enterClient(requestOf(`2001:db8:0:${index.toString(16)}::1`));
    limits.enterClient(requestOf('192.0.2.1'));
  });
});
