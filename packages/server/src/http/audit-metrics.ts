import { Gauge, type Registry } from 'prom-client';

/** What an instance's audit log is measured by. Ages are milliseconds. */
export interface AuditStatistics {
  /** Of this process. */
  readonly lostEntries: number;
  readonly waitingEntries: number;
  /** Undefined where nothing is forwarded. */
  readonly forwarding: { readonly ageMs: number; readonly failures: number } | undefined;
}

/** Gauges of the audit log, with the instance as `registry`. @returns what sets them all at once */
export function registerAuditGauges(registry: Registry): (statistics: ReadonlyMap<string, AuditStatistics>) => void {
  const gauge = (name: string, help: string, aggregator: 'sum' | 'first') =>
    new Gauge({ name, help, labelNames: ['registry'], aggregator, registers: [registry] });
  // Each process has its own of these, and reads the same rows for the others.
  const lost = gauge('roadstead_audit_lost_entries', 'Entries of the audit log that could not be written', 'sum');
  const waiting = gauge('roadstead_audit_waiting_entries', 'Entries that wait for the database', 'sum');
  const age = gauge('roadstead_audit_forwarding_age_seconds', 'For how long the oldest entry has waited', 'first');
  const failures = gauge('roadstead_audit_forwarding_failures', 'Tries that failed since one went well', 'first');
  return (statistics) => {
    for (const each of [lost, waiting, age, failures]) each.reset();
    for (const [id, { lostEntries, waitingEntries, forwarding }] of statistics) {
      const labels = { registry: id };
      lost.set(labels, lostEntries);
      waiting.set(labels, waitingEntries);
      if (forwarding === undefined) continue;
      age.set(labels, forwarding.ageMs / 1_000);
      failures.set(labels, forwarding.failures);
    }
  };
}
