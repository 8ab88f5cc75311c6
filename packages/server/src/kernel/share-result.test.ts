import { describe, expect, it } from 'vitest';
import { shareResult } from './share-result.ts';

describe('a shared result', () => {
  it('is worked out once for everybody within its time, and anew afterwards', async () => {
    let now = 0;
    let runs = 0;
    const share = shareResult(1_000, { now: () => now }, async () => {
      runs += 1;
      return runs;
    });
    expect(await Promise.all([share(), share(), share()])).toEqual([1, 1, 1]);
    now = 999;
    expect(await share()).toBe(1);
    now = 1_000;
    expect(await share()).toBe(2);
  });

  it('may be a failure, which is everybody’s within its time and not for ever', async () => {
    let now = 0;
    let fails = true;
    const share = shareResult(1_000, { now: () => now }, async () => {
      if (fails) throw new Error('not now');
      return 'fine';
    });
    await expect(share()).rejects.toThrow('not now');
    fails = false;
    await expect(share()).rejects.toThrow('not now');
    now = 1_000;
    expect(await share()).toBe('fine');
  });
});
