import { sql } from 'kysely';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { Database } from '../../drivers/database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** No clock that is right shows a time before this version was made. */
const EARLIEST = Date.UTC(2026, 0, 1);
const WARN_SKEW_MS = 5_000;
const FAIL_SKEW_MS = 60_000;
const WARN_JUMP_MS = 500;
const REMEDY = "set the machine's clock, and let an NTP service keep it (timedatectl set-ntp true)";

/** Both clocks of the machine at one moment. */
export interface ClockReading {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function readClocks(clock: Clock): ClockReading {
  return { wallMs: clock.now(), monotonicMs: performance.now() };
}

/**
 * Whether the time can be right: tokens, expiry and certificates depend on it.
 * @param start clocks when the doctor began, to see whether the time jumps
 * @param database PostgreSQL has a clock of its own; SQLite has this machine's
 */
export async function checkClock(
  clock: Clock,
  start: ClockReading,
  database: Database<ControlPlaneSchema> | undefined,
): Promise<Finding> {
  const check = 'clock';
  const now = readClocks(clock);
  const shown = new Date(now.wallMs).toISOString();
  if (now.wallMs < EARLIEST) return fail(check, `it shows ${shown}, which is past`, REMEDY);
  const jumpMs = now.wallMs - start.wallMs - (now.monotonicMs - start.monotonicMs);
  if (Math.abs(jumpMs) > WARN_JUMP_MS) {
    return warn(check, `it moved by ${Math.round(jumpMs)} ms while the doctor looked at it`, REMEDY);
  }
  const skewMs = database?.engine === 'postgres' ? await measureSkew(clock, database) : 0;
  const difference = `it differs by ${Math.round(Math.abs(skewMs) / 1000)} s from the database's`;
  if (Math.abs(skewMs) > FAIL_SKEW_MS) return fail(check, difference, REMEDY);
  if (Math.abs(skewMs) > WARN_SKEW_MS) return warn(check, difference, REMEDY);
  return ok(check, `${shown}${database?.engine === 'postgres' ? ', as the database says' : ''}`);
}

async function measureSkew(clock: Clock, database: Database<ControlPlaneSchema>): Promise<number> {
  const before = clock.now();
  const { rows } = await sql<{
    now: number;
  }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(database.reader);
  const after = clock.now();
  return Number(rows[0]?.now) - (before + after) / 2;
}
