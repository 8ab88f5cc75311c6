import { describe, expect, it } from 'vitest';
import { RequestLimits } from './request-limits.ts';

describe('requests of one address at the same time', () => {
  it('are refused beyond the limit, and let in again as others end', () => {
    const limits = new RequestLimits(2);
    const first = limits.enter('192.0.2.1');
    limits.enter('192.0.2.1');
    expect(() => limits.enter('192.0.2.1')).toThrow(expect.objectContaining({ code: 'TOOMANYREQUESTS', status: 429 }));
    limits.enter('192.0.2.2');
    first();
    expect(limits.enter('192.0.2.1')).toBeTypeOf('function');
  });

  it('have no limit when it is 0', () => {
    const limits = new RequestLimits(0);
    for (let index = 0; index < 1_000; index += 1) limits.enter('192.0.2.1');
  });
});
