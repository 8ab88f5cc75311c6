import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../test/in-process/test-identity.ts';
import { createLoginThrottle, type LoginThrottle } from './login-throttle.ts';

let clock: ManualClock;
let throttle: LoginThrottle;
beforeEach(() => {
  clock = createManualClock();
  throttle = createLoginThrottle(clock);
});

function countTries(username: (index: number) => string, address: string, tries: number): number {
  let allowed = 0;
  for (let index = 0; index < tries; index += 1) {
    try {
      throttle.begin(username(index), address);
      allowed += 1;
    } catch {
      // Refused.
    }
  }
  return allowed;
}

describe('the login throttle', () => {
  it('allows ten wrong tries at an account from a network, then says how long to wait', () => {
    expect(countTries(() => 'admin', '192.0.2.7', 1000)).toBe(10);
    expect(() => throttle.begin('admin', '192.0.2.99')).toThrow(
      expect.objectContaining({ status: 429, retryAfterSeconds: 30 }),
    );
    clock.advance(30_000);
    expect(countTries(() => 'admin', '192.0.2.7', 10)).toBe(1);
  });

  it('lets the account sign in from other networks meanwhile', () => {
    countTries(() => 'admin', '192.0.2.7', 1000);
    expect(() => throttle.begin('admin', '192.0.3.7')).not.toThrow();
  });

  it('takes a /64 of IPv6 for one network, and IPv4 in IPv6 form for IPv4', () => {
    expect(countTries(() => 'admin', '2001:db8::1', 10)).toBe(10);
    expect(() => throttle.begin('admin', '2001:db8::ffff:1')).toThrow('wait');
    expect(() => throttle.begin('admin', '2001:db8:0:1::1')).not.toThrow();
    expect(countTries(() => 'admin', '::ffff:192.0.2.1', 20)).toBe(10);
    expect(() => throttle.begin('admin', '192.0.2.2')).toThrow('wait');
  });

  it('bounds one password on many accounts by the network', () => {
    expect(countTries((index) => `user${index}`, '192.0.2.7', 1000)).toBe(100);
    expect(() => throttle.begin('somebody-new', '192.0.2.7')).toThrow(
      expect.objectContaining({ retryAfterSeconds: 3 }),
    );
  });

  it('takes nothing for tries that succeed or are not looked at', () => {
    for (let index = 0; index < 500; index += 1) throttle.begin('admin', '192.0.2.7').succeed();
    for (let index = 0; index < 500; index += 1) throttle.begin('admin', '192.0.2.7').cancel();
    // Ten that everybody has, and ten of an account that has signed in there.
    expect(countTries(() => 'admin', '192.0.2.7', 1000)).toBe(20);
  });

  it('forgets earlier failures of an account when it signs in', () => {
    countTries(() => 'admin', '192.0.2.7', 9);
    throttle.begin('admin', '192.0.2.7').succeed();
    expect(countTries(() => 'admin', '192.0.2.7', 1000)).toBe(20);
  });

  it('gives an account that has signed in there within a day tries of its own', () => {
    throttle.begin('admin', '192.0.2.7').succeed();
    expect(countTries((index) => `user${index}`, '192.0.2.8', 1000)).toBe(100);
    expect(countTries(() => 'admin', '192.0.2.7', 1000)).toBe(10);
    expect(countTries(() => 'other', '192.0.2.7', 1)).toBe(0);
    clock.advance(24 * 3_600_000);
    expect(countTries((index) => `user${index}`, '192.0.2.8', 1000)).toBe(100);
    expect(countTries(() => 'admin', '192.0.2.7', 1000)).toBe(0);
  });

  it('says what is known of where a try comes from', () => {
    const standing = (name: string, address: string) => {
      const attempt = throttle.begin(name, address);
      attempt.cancel();
      return attempt.standing;
    };
    expect(standing('admin', '192.0.2.7')).toBe('unknown');
    throttle.begin('admin', '192.0.2.7');
    expect(standing('admin', '192.0.2.7')).toBe('failing');
    expect(standing('carol', '192.0.2.9')).toBe('failing');
    expect(standing('admin', '192.0.3.7')).toBe('unknown');
    throttle.begin('admin', '192.0.2.7').succeed();
    expect(standing('admin', '192.0.2.7')).toBe('proven');
    throttle.begin('admin', '192.0.2.7');
    expect(standing('admin', '192.0.2.7')).toBe('proven');
  });

  it('copes with an address that it cannot read', () => {
    expect(countTries(() => 'admin', '', 20)).toBe(10);
  });
});
