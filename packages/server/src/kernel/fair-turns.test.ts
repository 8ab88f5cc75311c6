import { expect, it } from 'vitest';
import { FairTurns } from './fair-turns.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

it('lets no more work than it may, and all of them in the end', async () => {
  const turns = new FairTurns(3);
  let most = 0;
  let done = 0;
  const work = async (key: string) => {
    const end = await turns.take(key, 10_000);
    most = Math.max(most, turns.working);
    await settle();
    done += 1;
    end?.();
    end?.();
  };
  await Promise.all(Array.from({ length: 100 }, (_, index) => work(`key-${index % 7}`)));
  expect([most, done, turns.working]).toEqual([3, 100, 0]);
});

it('gives another key its turn before the rest of one that has many waiting', async () => {
  const turns = new FairTurns(1);
  const order: string[] = [];
  const first = await turns.take('busy', 0);
  const work = async (key: string) => {
    const end = await turns.take(key, 10_000);
    order.push(key);
    end?.();
  };
  const all = [work('busy'), work('busy'), work('busy'), work('calm')];
  first?.();
  await Promise.all(all);
  expect(order).toEqual(['busy', 'calm', 'busy', 'busy']);
});

it('says when no turn came in time, and gives it to the next', async () => {
  const turns = new FairTurns(1);
  const first = await turns.take('a', 0);
  const late = turns.take('b', 20);
  const patient = turns.take('c', 10_000);
  expect(await late).toBeUndefined();
  first?.();
  const end = await patient;
  expect(end).toBeDefined();
  end?.();
  expect(turns.working).toBe(0);
});
