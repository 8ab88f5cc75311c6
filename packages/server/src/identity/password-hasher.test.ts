import { argon2Sync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemIds } from '../kernel/ids.ts';
import { parsePasswordHash } from './password-hash-format.ts';
import { createPasswordHasher, type PasswordHasher } from './password-hasher.ts';
import type { Standing } from './password-queue.ts';

/** linux/sched.h */
const SCHED_IDLE = '5';
/** Fields of proc_pid_stat(5), counted from the state on. */
const [PARENT, NICE, POLICY] = [1, 16, 38];

let hasher: PasswordHasher;
afterEach(() => hasher.close());

describe('the password hasher', () => {
  it('writes argon2id with the OWASP cost in PHC form, and recognizes the password', async () => {
    hasher = createPasswordHasher({ ids: systemIds });
    const phc = await hasher.hash('Correct-Horse-7');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await hasher.verify('Correct-Horse-7', phc)).toBe(true);
    expect(await hasher.verify('correct-horse-7', phc)).toBe(false);
    const { salt, key, cost } = parsePasswordHash(phc);
    const expected = argon2Sync('argon2id', {
      message: 'Correct-Horse-7',
      nonce: salt,
      parallelism: cost.lanes,
      memory: cost.memoryKib,
      passes: cost.passes,
      tagLength: 32,
    });
    expect(key.equals(expected)).toBe(true);
  });

  it('verifies hashes that were made at another cost', async () => {
    hasher = createPasswordHasher({ ids: systemIds });
    const nonce = Buffer.alloc(16, 7);
    const key = argon2Sync('argon2id', { message: 'x', nonce, parallelism: 2, memory: 64, passes: 1, tagLength: 24 });
    const phc = `$argon2id$v=19$m=64,t=1,p=2$${text(nonce)}$${text(key)}`;
    expect(await hasher.verify('x', phc)).toBe(true);
  });

  it('never makes the same hash twice, and none for the stand-in that a password has', async () => {
    hasher = createPasswordHasher({ ids: systemIds });
    expect(await hasher.hash('same')).not.toBe(await hasher.hash('same'));
    expect(await hasher.verify('', hasher.unmatchableHash())).toBe(false);
  });

  it('refuses further work with 429 and a time once the queue is full, and then goes on', async () => {
    hasher = createPasswordHasher({ ids: systemIds, workers: 1, maxQueued: 2 });
    const settled = await Promise.allSettled(Array.from({ length: 6 }, () => hasher.hash('x')));
    const refused = settled.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(3);
    for (const { reason } of refused) expect(reason).toMatchObject({ status: 429, retryAfterSeconds: 1 });
    expect(await hasher.hash('x')).toContain('$argon2id$');
  });

  it('computes for a known place before it computes for strangers, whatever waits', async () => {
    hasher = createPasswordHasher({ ids: systemIds });
    const phc = await hasher.hash('x');
    const order: string[] = [];
    const verify = async (standing: Standing, account: string) => {
      await hasher.verify('x', phc, { standing, account });
      order.push(standing);
    };
    const strangers = Array.from({ length: 6 }, () => verify('failing', 'attacked'));
    await Promise.all([...strangers, verify('unknown', 'me'), verify('proven', 'me')]);
    expect(order.slice(0, 3)).toEqual(['failing', 'proven', 'unknown']);
  });

  it('leaves the core to those who pull', async () => {
    hasher = createPasswordHasher({ ids: systemIds });
    await hasher.hash('x');
    const priorities = readdirSync('/proc/self/task').map((thread) => Number(readStat(`self/task/${thread}`)[NICE]));
    expect(priorities.filter((nice) => nice === 4)).toHaveLength(1);
    expect(listChildren()).toEqual([]);
  });

  describe('in a flood of guesses', () => {
    const STRANGER = { standing: 'unknown', account: 'attacked' } as const;
    let phc: string;
    beforeEach(async () => {
      hasher = createPasswordHasher({ ids: systemIds, floodMs: 0 });
      phc = await hasher.hash('x');
    });

    it('computes for strangers in a process that gives way to everybody, and knows no setting', async () => {
      process.env['ROADSTEAD_FLOOD_TEST'] = 'secret';
      expect(await hasher.verify('x', phc, STRANGER)).toBe(true);
      expect(await hasher.verify('y', phc, STRANGER)).toBe(false);
      const [child, ...others] = listChildren();
      expect(others).toEqual([]);
      const threads = readdirSync(`/proc/${child}/task`);
      const policies = threads.map((thread) => readStat(`${child}/task/${thread}`)[POLICY]);
      expect(new Set(policies)).toEqual(new Set([SCHED_IDLE]));
      expect(readFileSync(`/proc/${child}/environ`, 'utf8')).not.toContain('ROADSTEAD');
      await hasher.close();
      expect(listChildren()).toEqual([]);
    });

    it('goes on where there is no idle moment, and where the process is ended', async () => {
      const answers = async () => Promise.all(Array.from({ length: 5 }, () => hasher.verify('x', phc, STRANGER)));
      expect(await answers()).toEqual([true, true, true, true, true]);
      const [child] = listChildren();
      process.kill(Number(child), 'SIGSTOP');
      expect(await answers()).toEqual([true, true, true, true, true]);
      process.kill(Number(child), 'SIGKILL');
      await vi.waitFor(() => expect(listChildren()).not.toContain(child), { timeout: 5_000 });
      expect(await answers()).toEqual([true, true, true, true, true]);
    });

    it('ends the process when the flood is over', async () => {
      await hasher.close();
      hasher = createPasswordHasher({ ids: systemIds, floodMs: 0, idleMs: 20 });
      expect(await hasher.verify('x', phc, STRANGER)).toBe(true);
      await vi.waitFor(() => expect(listChildren()).toEqual([]), { timeout: 5_000 });
    });
  });

  it('ends a thread that nobody needs, and starts another', async () => {
    hasher = createPasswordHasher({ ids: systemIds, idleMs: 20 });
    const phc = await hasher.hash('x');
    const busy = countThreads();
    await vi.waitFor(() => expect(countThreads()).toBeLessThan(busy), { timeout: 5_000 });
    expect(await hasher.verify('x', phc)).toBe(true);
  });

  it('fails what waits when it is closed, and what comes later', async () => {
    hasher = createPasswordHasher({ ids: systemIds });
    const waiting = [hasher.hash('a'), hasher.hash('b')].map((each) => expect(each).rejects.toThrow('closed'));
    await hasher.close();
    await Promise.all(waiting);
    await expect(hasher.hash('c')).rejects.toThrow('closed');
  });

  it('does not take a damaged hash for a wrong password', async () => {
    hasher = createPasswordHasher({ ids: systemIds });
    await expect(hasher.verify('x', '$argon2id$v=19$m=19456,t=2,p=1$short')).rejects.toThrow('not in a form');
    await expect(hasher.verify('x', 'plain')).rejects.toThrow('not in a form');
  });
});

function text(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

function countThreads(): number {
  return readdirSync('/proc/self/task').length;
}

function readStat(of: string): readonly string[] {
  return readFileSync(`/proc/${of}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
}

/** Those of this process that derive keys. */
function listChildren(): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      const isOurs = /^\d+$/.test(name) && readStat(name)[PARENT] === String(process.pid);
      return isOurs && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('derive-keys');
    } catch {
      return false;
    }
  });
}
