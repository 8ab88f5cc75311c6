import { setTimeout as delay } from 'node:timers/promises';
import type { RequestLog } from './request-log.ts';

export interface FaultReport {
  readonly name: string;
  readonly seconds: number;
  /** From its end until no request failed any more. */
  readonly recoverySeconds: number;
  readonly requests: number;
  readonly failures: number;
}

/** No failure for so long, with enough requests in it, is recovery. */
const QUIET_MS = 3_000;
const POLL_MS = 100;
const RECOVERY_LIMIT_MS = 150_000;
/** Of the rate before the fault. */
const NORMAL_SHARE = 0.25;
const BASELINE_MS = 10_000;

/** Breaks something, and measures how long it shows after it is whole again. */
export class Faults {
  readonly reports: FaultReport[] = [];
  readonly #log: RequestLog;
  readonly #findings: string[];
  readonly #say: (line: string) => void;

  constructor(log: RequestLog, findings: string[], say: (line: string) => void) {
    this.#log = log;
    this.#findings = findings;
    this.#say = say;
  }

  /** @param harm breaks it and makes it whole again */
  async inflict(name: string, harm: () => Promise<void>): Promise<void> {
    const log = this.#log;
    const startedAtMs = performance.now();
    const baseline = log.countBetween(startedAtMs - BASELINE_MS, startedAtMs - 1) / BASELINE_MS;
    const window = log.openWindow(name);
    await harm();
    const endedAtMs = performance.now();
    window.endedAtMs = endedAtMs;
    const recoveredAtMs = await this.#untilNormal(endedAtMs, baseline);
    window.recoveredAtMs = recoveredAtMs ?? performance.now();
    if (recoveredAtMs === undefined) {
      this.#findings.push(`not recovered from "${name}" ${RECOVERY_LIMIT_MS / 1_000} s after its end`);
    }
    const failures = log.explainedBy(window).length;
    const report = {
      name,
      seconds: round((endedAtMs - startedAtMs) / 1_000),
      recoverySeconds: round((window.recoveredAtMs - endedAtMs) / 1_000),
      requests: log.countBetween(startedAtMs, window.recoveredAtMs),
      failures,
    };
    this.reports.push(report);
    this.#say(
      `  ${name}: ${report.seconds} s, ${failures} of ${report.requests} requests failed, normal again ${report.recoverySeconds} s after its end`,
    );
  }

  /** @returns when it was normal again; undefined when it was not in time */
  async #untilNormal(endedAtMs: number, baselinePerMs: number): Promise<number | undefined> {
    for (;;) {
      await delay(POLL_MS);
      const nowMs = performance.now();
      const lastMs = Math.max(this.#log.lastFailureSince(endedAtMs) ?? endedAtMs, endedAtMs);
      const isBusy = this.#log.countBetween(nowMs - QUIET_MS, nowMs) >= QUIET_MS * baselinePerMs * NORMAL_SHARE;
      if (nowMs - lastMs >= QUIET_MS && isBusy) return lastMs;
      if (nowMs - endedAtMs > RECOVERY_LIMIT_MS) return undefined;
    }
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
