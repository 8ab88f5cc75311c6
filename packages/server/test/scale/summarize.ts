import type { FindingCounts } from '../support/check/findings.ts';
import type { Ledger } from '../support/ledger/ledger.ts';
import { percentile } from '../support/percentile.ts';
import type { TagHistory } from '../support/tag-history/run-tag-history.ts';
import type { Tally } from '../support/tally.ts';
import type { FaultReport, Faults } from './faults.ts';
import type { Killer } from './killer.ts';
import type { CautiousRecorder } from './load/cautious-recorder.ts';
import type { RunningLoad } from './load/start-load.ts';
import type { ScaleBench } from './scale-bench.ts';

export interface ScaleSummary {
  readonly seed: number;
  readonly loadSeconds: number;
  readonly requests: number;
  readonly failedRequests: number;
  readonly failuresByKind: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly unknownWrites: number;
  readonly givenUpSteps: number;
  readonly kills: number;
  readonly killSeconds: { readonly median: number; readonly max: number };
  readonly failuresOfKills: number;
  readonly faults: readonly FaultReport[];
  readonly tagOperations: number;
  readonly unknownTagOperations: number;
  readonly lost: number;
  readonly lostUploads: number;
  readonly wrong: number;
  readonly phantoms: number;
  readonly anomalies: number;
  readonly passed: number;
  readonly failed: number;
  /** The same for people. */
  readonly lines: readonly string[];
}

export interface SummaryInit {
  readonly bench: ScaleBench;
  readonly tally: Tally;
  readonly faults: Faults;
  readonly killer: Killer;
  readonly load: RunningLoad;
  readonly loadSeconds: number;
  readonly histories: readonly TagHistory[];
  readonly anomalies: number;
  readonly counts: FindingCounts;
  readonly recorder: CautiousRecorder;
  readonly ledger: Ledger;
}

/** The figures of a run. */
export function summarize(init: SummaryInit): ScaleSummary {
  const { bench, tally, faults, killer, load, histories, anomalies, counts, recorder, ledger } = init;
  const { log } = bench;
  const operations = histories.flatMap((history) => history.operations);
  const kills = log.windows.filter((window) => window.node !== undefined);
  const killSeconds = kills.map(({ startedAtMs, endedAtMs = startedAtMs }) => (endedAtMs - startedAtMs) / 1_000);
  const figures = {
    seed: bench.options.seed,
    loadSeconds: Math.round(init.loadSeconds),
    requests: log.requestCount,
    failedRequests: log.failures.length,
    failuresByKind: countKinds(bench),
    acknowledged: ledger.acknowledgedCount,
    unknownWrites: recorder.maybeCount,
    givenUpSteps: load.givenUp.length,
    kills: killer.killCount,
    killSeconds: { median: round(percentile(killSeconds, 0.5)), max: round(percentile(killSeconds, 1)) },
    failuresOfKills: new Set(kills.flatMap((window) => log.explainedBy(window))).size,
    faults: faults.reports,
    tagOperations: operations.length,
    unknownTagOperations: operations.filter(({ isUnknown }) => isUnknown).length,
    lost: counts.lost,
    lostUploads: counts.lostUploads,
    wrong: counts.wrongDigests,
    phantoms: counts.phantoms,
    anomalies,
    passed: tally.passed,
    failed: tally.failures.length,
  };
  return { ...figures, lines: describe(figures) };
}

function describe(figures: Omit<ScaleSummary, 'lines'>): readonly string[] {
  const rate = ((100 * figures.failedRequests) / Math.max(1, figures.requests)).toFixed(2);
  return [
    '',
    `${figures.requests} requests in ${figures.loadSeconds} s, ${figures.failedRequests} failed (${rate} %)`,
    ...Object.entries(figures.failuresByKind).map(([kind, count]) => `  ${String(count).padStart(7)}  ${kind}`),
    `${figures.acknowledged} acknowledged writes and ${figures.unknownWrites} of unknown outcome; ${figures.givenUpSteps} steps given up`,
    `${figures.kills} kills: ${figures.failuresOfKills} failed requests; ready again after ${figures.killSeconds.median} s (median), ${figures.killSeconds.max} s (longest)`,
    ...figures.faults.map(
      ({ name, seconds, failures, requests, recoverySeconds }) =>
        `  ${name}: ${seconds} s; ${failures} of ${requests} failed; normal ${recoverySeconds} s after its end`,
    ),
    `${figures.tagOperations} operations on tags, ${figures.unknownTagOperations} of unknown outcome`,
    `lost ${figures.lost}, lost uploads ${figures.lostUploads}, wrong bytes ${figures.wrong}, phantoms ${figures.phantoms}, anomalies ${figures.anomalies}`,
  ];
}

function countKinds({ log }: ScaleBench): Readonly<Record<string, number>> {
  const kinds = new Map<string, number>();
  for (const { kind } of log.failures) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return Object.fromEntries([...kinds].toSorted(([, left], [, right]) => right - left));
}

function round(seconds: number | undefined): number {
  return Math.round((seconds ?? 0) * 10) / 10;
}
