import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { type Config, readConfig } from '../../../src/config/config.ts';
import { readEnv } from '../../../src/config/env.ts';
import { locateInstance } from '../../../src/control-plane/instances/instance-location.ts';
import { openControlPlaneAsItIs, openInstanceDatabase } from '../../../src/databases.ts';
import type { ControlPlaneSchema } from '../../../src/db/control-plane/schema.ts';
import { INSTANCE_MIGRATIONS } from '../../../src/db/instance/migrations.ts';
import type { Database } from '../../../src/drivers/database/database.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { startRoadstead } from '../../support/start-roadstead.ts';

const TEMPLATE = 'template';
const ROWS_AT_ONCE = 500;
/** The first instant of the schedule is far away; then it is set to one that is past. */
const NIGHTLY = { name: 'nightly', kind: 'garbage-collection', cron: '0 0 3 * * *', parameters: { mode: 'dry-run' } };

export function sleeperId(index: number): string {
  return `sleeper-${String(index).padStart(5, '0')}`;
}

export function configOf(dataDir: string): Config {
  return readConfig({ env: readEnv({ ROADSTEAD_DATA: dataDir }) });
}

/**
 * Makes the data of a server with so many instances that sleep, each of which was open before and has a schedule that is due.
 * A real server sets one up; the others are copies of it.
 */
export async function prepareSleepers(dataDir: string, count: number): Promise<void> {
  await openTemplateOnce(dataDir);
  const config = configOf(dataDir);
  const instance = await openInstanceDatabase(config, TEMPLATE);
  await createJobs({ database: instance, clock: systemClock }).schedules.save(NIGHTLY);
  await instance.write((tx) => tx.updateTable('job_schedules').set({ next_at: systemClock.now() }).execute());
  await instance.close();
  const { sqliteFile, blobsFolder } = locateInstance(dataDir, TEMPLATE);
  for (let index = 0; index < count; index += 1) {
    const copy = locateInstance(dataDir, sleeperId(index));
    mkdirSync(copy.folder, { recursive: true });
    copyFileSync(sqliteFile, copy.sqliteFile);
    // They have no blobs: one set of 260 empty folders serves them all, and the disk is spared a million.
    symlinkSync(blobsFolder, copy.blobsFolder);
  }
  const plane = await openControlPlaneAsItIs(config);
  try {
    await insertSleepers(plane, count);
    await plane.write((tx) => tx.deleteFrom('instances').where('id', '=', TEMPLATE).execute());
  } finally {
    await plane.close();
  }
}

async function openTemplateOnce(dataDir: string): Promise<void> {
  await (await startRoadstead({ dataDir })).stop();
  const plane = await openControlPlaneAsItIs(configOf(dataDir));
  await plane.write((tx) => insertRows(tx, [TEMPLATE]));
  await plane.close();
  const server = await startRoadstead({ dataDir });
  const { status } = await fetch(`${server.url}/v2/`);
  // No host is its own: it is opened because nobody has looked at it yet.
  if (status !== 404) throw new Error(`the server answered with ${status}`);
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  await server.stop();
}

async function insertSleepers(plane: Database<ControlPlaneSchema>, count: number): Promise<void> {
  for (let start = 0; start < count; start += ROWS_AT_ONCE) {
    const ids = Array.from({ length: Math.min(ROWS_AT_ONCE, count - start) }, (_, index) => sleeperId(start + index));
    await plane.write((tx) => insertRows(tx, ids, Number.MAX_SAFE_INTEGER));
  }
}

async function insertRows(
  tx: Parameters<Parameters<Database<ControlPlaneSchema>['write']>[0]>[0],
  ids: readonly string[],
  nextDueAt: number | null = null,
): Promise<void> {
  const newest = Object.keys(INSTANCE_MIGRATIONS).toSorted().at(-1) ?? null;
  const row = { state: 'active', cell: 'local', schema_version: newest, claimed_until: null, created_at: 0 };
  await tx
    .insertInto('instances')
    .values(ids.map((id) => ({ id, ...row, next_due_at: nextDueAt })))
    .execute();
  await tx
    .insertInto('instance_hosts')
    .values(ids.map((id) => ({ host: `${id}.example`, instance_id: id })))
    .execute();
}
