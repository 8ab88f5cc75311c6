import { describe, expect, it } from 'vitest';
import { PasswordQueue, type Standing } from './password-queue.ts';

function fill(queue: PasswordQueue<string>, standing: Standing, account: string, count: number): void {
  for (let index = 0; index < count; index += 1) queue.add(`${account}${index}`, { standing, account });
}

function take(queue: PasswordQueue<string>, count: number): readonly (string | undefined)[] {
  return Array.from({ length: count }, () => queue.shift());
}

describe('the queue of passwords', () => {
  it('lets those go first who have signed in from there, and those last who have failed there', () => {
    const queue = new PasswordQueue<string>(10);
    fill(queue, 'failing', 'f', 1);
    fill(queue, 'unknown', 'u', 1);
    fill(queue, 'proven', 'p', 1);
    expect(take(queue, 4)).toEqual(['p0', 'u0', 'f0', undefined]);
  });

  it('gives each account its turn, however many of another wait', () => {
    const queue = new PasswordQueue<string>(100);
    fill(queue, 'unknown', 'attacked', 50);
    queue.add('mine', { standing: 'unknown', account: 'me' });
    expect(take(queue, 2)).toContain('mine');
  });

  it('lets nobody wait for ever', () => {
    const queue = new PasswordQueue<string>(100);
    fill(queue, 'proven', 'p', 40);
    fill(queue, 'unknown', 'u', 20);
    fill(queue, 'failing', 'f', 2);
    const first = take(queue, 16)
      .map((job) => job?.[0])
      .join('');
    expect(first).toBe('pppupppupppupppf');
  });

  it('has room for an account without any where another has all', () => {
    const queue = new PasswordQueue<string>(4);
    fill(queue, 'unknown', 'attacked', 4);
    expect(queue.add('again', { standing: 'unknown', account: 'attacked' })).toBe('again');
    expect(queue.add('mine', { standing: 'unknown', account: 'me' })).toBe('attacked3');
    expect(queue.size).toBe(4);
    expect(queue.drain()).toHaveLength(4);
    expect(queue.size).toBe(0);
  });

  it('is full for one standing, and not for another', () => {
    const queue = new PasswordQueue<string>(2);
    for (const account of ['a', 'b', 'c']) queue.add(account, { standing: 'unknown', account });
    expect(queue.size).toBe(2);
    expect(queue.add('known', { standing: 'proven', account: 'known' })).toBeUndefined();
    expect(queue.shift()).toBe('known');
  });
});
