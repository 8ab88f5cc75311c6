import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { type BlobMedium, createBlobMedium, type WantedMedium } from './support/blob-medium.ts';
import { createEngineDatabase, type Engine } from './support/engines.ts';
import { loseDatabase } from './support/lose-database.ts';
import { RegistryClient } from './support/registry-client.ts';
import { sampleImage } from './support/sample-content.ts';

const PLACES: readonly (readonly [Engine, WantedMedium])[] = [
  ['sqlite', { kind: 'files' }],
  ...(inject('postgresUrl') !== undefined && inject('s3') !== undefined
    ? [['postgres', { kind: 's3', parameters: '' }] as const]
    : []),
];
/** Others by the environment, for figures. */
const INTERVAL_MS = Number(process.env['RECOVERY_INTERVAL_MS'] ?? 500);
const LOAD_MS = Number(process.env['RECOVERY_LOAD_MS'] ?? 6_000);
/** Other tests share the machine: a shipment may take that long. */
const SLACK_MS = 10_000;
const MAIN = path.resolve(import.meta.dirname, '../../src/main.ts');

interface Acknowledged {
  readonly tag: string;
  readonly digest: string;
  readonly at: number;
}

describe.each(PLACES)('what is lost with a database on %s and blobs in %j, under steady pushes', (engine, blobs) => {
  const cleanups: (() => Promise<unknown>)[] = [];
  let running: RunningRoadstead | undefined;

  afterEach(async () => {
    await running?.stop();
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });

  it('is what was acknowledged after the last shipment, and nothing before it', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'roadstead-loss-'));
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
    const database = engine === 'postgres' ? await createEngineDatabase() : undefined;
    if (database !== undefined) cleanups.push(() => database.drop());
    const medium: BlobMedium = await createBlobMedium(dataDir, blobs);
    cleanups.push(() => medium.remove());
    const env = {
      ROADSTEAD_RECOVERY_INTERVAL: `${INTERVAL_MS}ms`,
      ...medium.env,
      ...(database === undefined ? {} : { ROADSTEAD_DATABASE_URL: database.url }),
    };
    running = await startRoadstead({ dataDir, env });
    await running.createProject('team');
    const { pushed, killedAt } = await pushUntilKilled(running);
    await running.stop();
    await loseDatabase(dataDir, database?.url);

    const report = JSON.parse(await runRebuild({ ...env, ROADSTEAD_DATA: dataDir }));
    expect(report).toMatchObject({ isWhole: true, blobs: { bad: [] } });
    running = await startRoadstead({ dataDir, env });
    const client = RegistryClient.withBasic(running.url, running.admin);
    const lost: Acknowledged[] = [];
    for (const push of pushed) {
      const answer = await client.get(`/v2/team/app/manifests/${push.tag}`);
      if (answer.status === 200) expect(answer.headers['docker-content-digest']).toBe(push.digest);
      else lost.push(push);
    }
    const restoredTo = Date.parse(report.restoredTo);
    // A push that was acknowledged before the state was read is in it.
    for (const { tag, at } of lost) expect(at, tag).toBeGreaterThanOrEqual(restoredTo - 1);
    const lossMs = lost[0] === undefined ? 0 : killedAt - lost[0].at;
    expect(lossMs).toBeLessThan(INTERVAL_MS + SLACK_MS);
    console.log(
      `${engine} and ${blobs.kind}, shipped every ${INTERVAL_MS} ms: of ${pushed.length} acknowledged pushes ${lost.length} lost, ` +
        `the oldest ${lossMs} ms before the end; the restored state was read ${killedAt - restoredTo} ms before it`,
    );
  }, 180_000);
});

/** Pushes images one after another, and kills the server in the middle of it. */
async function pushUntilKilled({ url, admin, pid }: RunningRoadstead) {
  const client = RegistryClient.withBasic(url, admin);
  const pushed: Acknowledged[] = [];
  let killedAt = Number.POSITIVE_INFINITY;
  const killing = new Promise<void>((resolve) => {
    setTimeout(() => {
      killedAt = Date.now();
      process.kill(pid, 'SIGKILL');
      resolve();
    }, LOAD_MS);
  });
  for (let number = 0; killedAt === Number.POSITIVE_INFINITY; number += 1) {
    const image = sampleImage();
    const isPushed = await client.pushImage('team/app', `v${number}`, image).then(
      () => true,
      () => false,
    );
    if (isPushed) pushed.push({ tag: `v${number}`, digest: image.digest, at: Date.now() });
  }
  await killing;
  return { pushed, killedAt };
}

async function runRebuild(env: Readonly<Record<string, string>>): Promise<string> {
  const argv = [MAIN, 'admin', 'rebuild', '--from-blobs', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { env: { ...process.env, ...env } });
  return stdout;
}
