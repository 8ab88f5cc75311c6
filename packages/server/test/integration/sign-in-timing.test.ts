import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';

const ROUNDS = 100;
const NAMES = ['carol', 'nobody', 'disabled', 'carol@example.com', 'nobody@example.com'] as const;

/** CVE-2019-19030 and its kin: how long an answer takes tells who has an account. */
describe('how long a wrong password takes', () => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32' } });
    for (const username of ['carol', 'disabled']) {
      const body = { username, password: 'Some-Password-1', email: `${username}@example.com` };
      const headers = { 'Content-Type': 'application/json' };
      const made = await registry.admin.post('/api/v2.0/users', JSON.stringify(body), headers);
      const id = made.headers.location?.split('/').at(-1);
      if (username === 'disabled') await registry.admin.post(`/api/roadstead/v1/users/${id}/disable`);
    }
    const users = readJson<object[]>(await registry.admin.get('/api/v2.0/users'));
    expect(users).toHaveLength(3);
  });
  afterAll(() => registry?.close());

  it('is the same for whom there is, and for whom there is not', { timeout: 180_000 }, async () => {
    const times = new Map<string, number[]>(NAMES.map((name) => [name, []]));
    let tries = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const username of NAMES) {
        tries += 1;
        // From a network of its own each: none of them is throttled.
        const from = { 'X-Forwarded-For': `10.${tries >> 8}.${tries & 255}.1` };
        const client = registry.clientOf({ username, password: `Wrong-${tries}` }, from);
        const begun = performance.now();
        const { status } = await client.get('/v2/');
        times.get(username)?.push(performance.now() - begun);
        expect(status).toBe(401);
      }
    }
    const median = (name: string) => (times.get(name) ?? []).toSorted((left, right) => left - right)[ROUNDS / 2] ?? 0;
    // What would tell is a hash that is not computed, and that is nearly all of the time.
    for (const name of NAMES) {
      expect(median(name), name).toBeGreaterThan(median('carol') * 0.6);
      expect(median(name), name).toBeLessThan(median('carol') * 1.7);
    }
  });
});
