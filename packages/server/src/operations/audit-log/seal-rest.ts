import { setTimeout as wait } from 'node:timers/promises';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { AuditLog } from './audit-log.ts';
import { isAuditSealed } from './find-next-audit.ts';

/** A stop waits no longer for it: the next start does the rest. */
const MAX_WAIT_MS = 2_000;

/** Before an end: takes the rest into the log and signs it, so that an instance at rest has nothing that could be changed unseen. */
export async function sealRest(database: InstanceDatabase, auditLog: Pick<AuditLog, 'sealNow'>): Promise<void> {
  if (await isAuditSealed(database)) return;
  const ended = new AbortController();
  try {
    await Promise.race([auditLog.sealNow(), wait(MAX_WAIT_MS, undefined, { signal: ended.signal, ref: false })]);
  } finally {
    ended.abort();
  }
}
