import { expect, it } from 'vitest';
import { PartBuffers } from './part-buffers.ts';

/** What has been settled when nothing more happens by itself. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

it('gives room while there is some, and then in the order of the calls', async () => {
  const buffers = new PartBuffers(10);
  const order: string[] = [];
  const take = async (name: string, sizeBytes: number) => {
    const giveBack = await buffers.take(sizeBytes);
    order.push(name);
    return giveBack;
  };
  const first = await take('first', 6);
  const second = await take('second', 4);
  const third = take('third', 5);
  const fourth = take('fourth', 1);
  await settle();
  expect(order).toEqual(['first', 'second']);
  second();
  await settle();
  // The fourth would find room, and waits for its turn all the same.
  expect(order).toEqual(['first', 'second']);
  first();
  await settle();
  expect(order).toEqual(['first', 'second', 'third', 'fourth']);
  for (const giveBack of await Promise.all([third, fourth])) giveBack();
});

it('lets one part go that is larger than all the room', async () => {
  const buffers = new PartBuffers(10);
  const giveBack = await buffers.take(100);
  let hasRoom = false;
  const next = buffers.take(1).then((done) => {
    hasRoom = true;
    return done;
  });
  await settle();
  expect(hasRoom).toBe(false);
  giveBack();
  (await next)();
  expect(hasRoom).toBe(true);
});
