import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setUserPassword } from '../../src/commands/set-user-password.ts';
import { readConfig } from '../../src/config/config.ts';
import { readEnv } from '../../src/config/env.ts';
import { addressInNetwork, startPasswordGuesses } from '../support/load/password-guesses.ts';
import { percentile } from '../support/percentile.ts';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { RegistryClient } from './support/registry-client.ts';

const ATTACK_MS = 5_000;
const PAUSE_MS = 400;
const GUESSES_PER_SECOND = 1_000;
/** The promise is a second; a machine that others keep busy, and that attacks itself, is allowed more. */
const PATIENCE_MS = 3_000;

/** Networks are told apart by what a trusted proxy forwards. */
describe('a thousand wrong passwords a second', () => {
  let server: RunningRoadstead;
  let password: string;

  beforeAll(async () => {
    server = await startRoadstead({
      env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1', ROADSTEAD_LOG_LEVEL: 'warn' },
    });
    ({ password } = server.admin);
  });
  afterAll(() => server?.stop());

  const signIn = (address: string) =>
    RegistryClient.withBasic(server.url, { username: 'admin', password }, { 'X-Forwarded-For': address }).get(
      '/service/token?service=harbor-registry&account=admin',
    );

  /** @returns how long each of the right passwords took, in milliseconds */
  async function attack(addressOf: (index: number) => string, victimAt: (index: number) => string) {
    const guesses = startPasswordGuesses({ ...server, username: 'admin', perSecond: GUESSES_PER_SECOND, addressOf });
    const durations: number[] = [];
    const end = performance.now() + ATTACK_MS;
    for (let index = 0; performance.now() < end; index += 1) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const startedAt = performance.now();
      const answer = await signIn(victimAt(index));
      durations.push(performance.now() - startedAt);
      expect(answer.status).toBe(200);
    }
    const statuses = await guesses.stop();
    expect([...statuses.keys()].filter((status) => ![401, 429].includes(status))).toEqual([]);
    return { durations, statuses };
  }

  it('from one network let the right one in from any other, each time with a computation of its own', async () => {
    const { durations, statuses } = await attack(
      (index) => `192.0.2.${index % 256}`,
      (index) => `198.51.${index}.7`,
    );
    expect(durations.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...durations)).toBeLessThan(PATIENCE_MS);
    expect(percentile(durations, 0.5)).toBeLessThan(1_000);
    // Ten tries, and one more when the first half minute is over.
    expect(statuses.get(401)).toBeLessThanOrEqual(11);
    expect(statuses.get(429)).toBeGreaterThan(500);
  });

  it('from very many networks let the right one in from where it has been right before', async () => {
    const places = Array.from({ length: 12 }, (_, index) => `203.0.${index}.7`);
    for (const address of places) expect((await signIn(address)).status).toBe(200);
    // What is remembered of a password for a minute goes with it; that the account has signed in there stays.
    const config = readConfig({ env: readEnv({ ROADSTEAD_DATA: server.dataDir }) });
    password = 'Another-horse-8-battery';
    await setUserPassword(config, {
      ...{ instanceId: 'main', username: 'admin', password },
      clearsSecondFactors: false,
    });
    const { durations } = await attack(addressInNetwork, (index) => places[index % places.length] ?? '');
    expect(Math.max(...durations)).toBeLessThan(PATIENCE_MS);
    expect(percentile(durations, 0.5)).toBeLessThan(1_000);
  });
});
