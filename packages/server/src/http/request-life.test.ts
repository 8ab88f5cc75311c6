import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { RequestLife } from './request-life.ts';

describe('the life of a request', () => {
  let response: EventEmitter;
  let life: RequestLife;
  let ends: number;

  beforeEach(() => {
    response = new EventEmitter();
    life = new RequestLife(response as unknown as ServerResponse);
    ends = 0;
    life.onOver(() => {
      ends += 1;
    });
  });

  it('lasts until its response has closed and all of its work has ended, whichever comes last', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const work = life.run(() => promise);
    response.emit('close');
    expect([life.isOver, ends]).toEqual([false, 0]);
    resolve();
    await work;
    expect([life.isOver, ends]).toEqual([true, 1]);
  });

  it('goes on after its work as long as the answer is on its way', async () => {
    await life.run(async () => undefined);
    expect([life.isOver, ends]).toEqual([false, 0]);
    await expect(life.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
    response.emit('close');
    expect([life.isOver, ends]).toEqual([true, 1]);
  });

  it('begins nothing more once it is over, and tells late listeners at once', async () => {
    response.emit('close');
    await expect(life.run(async () => 1)).rejects.toThrow('over');
    life.onOver(() => {
      ends += 10;
    });
    expect(ends).toBe(11);
  });
});
