import { runCases } from './case-runner.ts';
import type { ClassResult, FaultClass, Target } from './fault-class.ts';
import { percentile99, readLoopDelayP99Ms, startLatencyProbe } from './latency-probe.ts';
import { compareSnapshots, type StateSnapshot, takeSnapshot } from './state-snapshot.ts';

/**
 * The event loop may be held for so long in one of a hundred measurements, no longer. Where other work shares the machine's
 * processors, the same holds take longer by the contention that the probe measures, and so may they.
 */
const MAX_LOOP_DELAY_P99_MS = 100;

export interface ClassEnvironment {
  readonly target: Target;
  readonly dataDir: string;
  readonly databaseFile: string | undefined;
  readonly metricsPort: number;
}

/** Runs a class between two looks at the whole state, with the probe beside it. */
export async function runClass(faultClass: FaultClass, environment: ClassEnvironment): Promise<ClassResult> {
  const { target, metricsPort } = environment;
  await faultClass.prepare?.();
  const before = await takeSnapshot(environment);
  await readLoopDelayP99Ms(metricsPort);
  const probe = startLatencyProbe(target.port);
  const startedAt = performance.now();
  const { failures, notes, requestCount, serverErrorCount } = await runCases(faultClass.cases, target, {
    concurrency: Math.min(faultClass.concurrency, faultClass.cases.length),
    from: faultClass.from,
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  const { latenciesMs, contention } = await probe.stop();
  const loopDelayP99Ms = await readLoopDelayP99Ms(metricsPort);
  const after = await takeSnapshot(environment);
  const { name, unit, corpusSize, minCorpusSize, cases } = faultClass;
  return {
    name,
    unit,
    corpusSize,
    minCorpusSize,
    caseCount: cases.length,
    requestCount,
    failures,
    notes,
    serverErrorCount,
    loopDelayP99Ms,
    contention,
    seconds,
    stateChanges: findChanges(faultClass, before, after),
    probeP99Ms: percentile99(latenciesMs),
  };
}

function findChanges(faultClass: FaultClass, before: StateSnapshot, after: StateSnapshot): readonly string[] {
  return faultClass.explainChanges?.(before, after) ?? compareSnapshots(before, after);
}

/** What fails the class besides its cases. */
export function findClassFaults(result: ClassResult): readonly string[] {
  const { corpusSize, minCorpusSize, unit, serverErrorCount, stateChanges, probeP99Ms, loopDelayP99Ms } = result;
  const maxMs = MAX_LOOP_DELAY_P99_MS * Math.max(1, result.contention);
  const faults: string[] = [];
  if (corpusSize < minCorpusSize)
    faults.push(`the corpus has ${corpusSize} ${unit}, and ${minCorpusSize} are promised`);
  if (serverErrorCount > 0) faults.push(`${serverErrorCount} answers of 5xx`);
  for (const change of stateChanges) faults.push(`the state changed: ${change}`);
  if (loopDelayP99Ms === undefined) faults.push('the server did not tell its event-loop delay');
  for (const [what, p99Ms] of [['probe', probeP99Ms] as const, ['event loop', loopDelayP99Ms ?? 0] as const]) {
    if (p99Ms >= maxMs) faults.push(`p99 of the ${what} is ${p99Ms.toFixed(0)} ms, and may be ${maxMs.toFixed(0)} ms`);
  }
  return faults;
}
