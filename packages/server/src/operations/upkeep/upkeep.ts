import { hostname } from 'node:os';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { GARBAGE_COLLECTION } from '../garbage-collection/collection-work.ts';
import { CveAllowlists } from './cve-allowlists.ts';
import { JobMonitor } from './job-monitor.ts';
import { UpkeepRuns } from './upkeep-runs.ts';
import { UpkeepSchedules } from './upkeep-schedules.ts';

/** What the runs of the audit log's purge are called. */
export const AUDIT_PURGE = 'audit-purge';
/** What scans of everything are called. */
export const SCAN_ALL = 'scan-all';

/** The process that answers, as one that works too. */
export interface WorkingProcess {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds UTC. */
  readonly startedAt: number;
}

/** What an instance does for itself, and when: what its administrators see and set of it. */
export interface Upkeep {
  readonly schedules: UpkeepSchedules;
  readonly collections: UpkeepRuns;
  readonly auditPurges: UpkeepRuns;
  readonly monitor: JobMonitor;
  readonly allowlist: CveAllowlists;
  process(): WorkingProcess;
  now(): number;
}

export interface UpkeepDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  /** Told that something may be due sooner than was known. */
  readonly onDue: () => void;
}

export function createUpkeep(deps: UpkeepDeps): Upkeep {
  const { clock } = deps;
  const MS_PER_SECOND = 1_000;
  return {
    schedules: new UpkeepSchedules(deps),
    collections: new UpkeepRuns(deps, GARBAGE_COLLECTION),
    auditPurges: new UpkeepRuns(deps, AUDIT_PURGE),
    monitor: new JobMonitor(deps),
    allowlist: new CveAllowlists(deps),
    process: () => ({
      pid: process.pid,
      host: hostname(),
      startedAt: clock.now() - Math.round(process.uptime() * MS_PER_SECOND),
    }),
    now: () => clock.now(),
  };
}
