import { describe, expect, it } from 'vitest';
import { LocalLocks } from './locks.ts';

describe('the lock of a name', () => {
  it('is held by one at a time, and handed on when it is released', async () => {
    const locks = new LocalLocks();
    let inside = 0;
    const seen: number[] = [];
    const work = async (number: number) => {
      const release = await locks.acquire('upload', 5_000);
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(number);
      inside -= 1;
      release?.();
    };
    await Promise.all(Array.from({ length: 20 }, (_, number) => work(number)));
    expect(seen).toHaveLength(20);
  });

  it('is given up on after the time that the caller would wait', async () => {
    const locks = new LocalLocks();
    const release = await locks.acquire('upload', 0);
    expect(release).toBeDefined();
    expect(await locks.acquire('upload', 20)).toBeUndefined();
    release?.();
    expect(await locks.acquire('upload', 0)).toBeDefined();
  });

  it('of one upload does not hold up another', async () => {
    const locks = new LocalLocks();
    await locks.acquire('one', 0);
    expect(await locks.acquire('two', 0)).toBeDefined();
  });
});
