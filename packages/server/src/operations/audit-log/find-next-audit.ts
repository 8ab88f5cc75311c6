import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import { AUDIT_LOG, CHECKPOINT_INTERVAL_MS } from './audit-log-handler.ts';
import { readAuditState } from './audit-state.ts';
import { readLogSize } from './audit-tree.ts';
import { findLastCheckpoint } from './checkpoints.ts';
import { findNextRetention } from './retention.ts';
import { findHighestId } from './sequencer.ts';
import { listWitnessRows } from './witnesses/witnesses.ts';

/**
 * When the log has something to do: undefined when nothing is new, unsigned, undelivered or too old.
 * @param pauseMs after the last run, at least
 */
export async function findNextAudit(
  { reader }: Pick<InstanceDatabase, 'reader'>,
  jobs: Pick<Jobs, 'listJobs'>,
  pauseMs = 0,
): Promise<number | undefined> {
  const instants = [
    await findNextEntry(reader),
    await findNextCheckpoint(reader),
    await findNextDelivery(reader),
    await findNextRetention(reader),
  ].filter((instant) => instant !== undefined);
  if (instants.length === 0) return undefined;
  const [job] = await jobs.listJobs({ kind: AUDIT_LOG, isRecurring: true, page: 1, pageSize: 1 });
  const pauseUntil = job?.endedAt === undefined ? 0 : job.endedAt + pauseMs;
  return Math.max(job?.runAfter ?? 0, pauseUntil, Math.min(...instants));
}

/** Whether everything that was acknowledged is in the log, and signed. */
export async function isAuditSealed({ reader }: Pick<InstanceDatabase, 'reader'>): Promise<boolean> {
  return (await findNextEntry(reader)) === undefined && (await findNextCheckpoint(reader)) === undefined;
}

type Reader = InstanceDatabase['reader'];

async function findNextEntry(reader: Reader): Promise<number | undefined> {
  const { settledId } = await readAuditState(reader);
  return (await findHighestId(reader)) > settledId ? 0 : undefined;
}

async function findNextCheckpoint(reader: Reader): Promise<number | undefined> {
  const last = await findLastCheckpoint(reader);
  if ((await readLogSize(reader)) <= (last?.size ?? 0)) return undefined;
  return last === undefined ? 0 : last.at + CHECKPOINT_INTERVAL_MS;
}

async function findNextDelivery(reader: Reader): Promise<number | undefined> {
  const size = (await findLastCheckpoint(reader))?.size ?? 0;
  const behind = (await listWitnessRows(reader)).filter((row) => row.delivered_size < size);
  return behind.length === 0 ? undefined : Math.min(...behind.map(({ retry_at }) => retry_at ?? 0));
}
