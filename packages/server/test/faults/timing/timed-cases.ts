import { missingFor, signedBy } from '../enumeration/pair-cases.ts';
import type { Asker, Probe } from '../enumeration/probe.ts';
import type { CaseRun, FaultCase } from '../fault-class.ts';
import { compareTimes, type Quadruple } from './time-difference.ts';

/** A probe whose answers are timed. */
export interface TimedProbe {
  readonly probe: Probe;
  readonly asker: Asker;
  readonly quadruples: number;
}

const WARM_UPS = 10;
/** A difference is one when it is found each time; the first time may be chance, or somebody else on the machine. */
const MAX_ROUNDS = 3;

export function createTimedCases(probes: readonly TimedProbe[]): readonly FaultCase[] {
  return probes.map((timed) => ({
    name: `${timed.probe.name}, by ${timed.asker}`,
    run: (run) => compareRounds(run, timed),
  }));
}

async function compareRounds(run: CaseRun, timed: TimedProbe): Promise<void> {
  const name = `${timed.probe.name}, by ${timed.asker}`;
  const told: number[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { thereMs, missingMs, differenceMs, isTold } = compareTimes(await measure(run, timed));
    const medians = `${thereMs.toFixed(2)} ms there, ${missingMs.toFixed(2)} ms missing`;
    run.note(`${name}: ${medians}, ${differenceMs.toFixed(2)} ms apart`);
    if (!isTold || Math.sign(differenceMs) !== Math.sign(told[0] ?? differenceMs)) return;
    told.push(differenceMs);
  }
  const least = Math.min(...told.map(Math.abs)).toFixed(2);
  run.complain(`what is there comes ${least} ms ${(told[0] ?? 0) > 0 ? 'later' : 'sooner'} than what is missing`);
}

async function measure(run: CaseRun, { probe, asker, quadruples }: TimedProbe): Promise<readonly Quadruple[]> {
  const { hidden } = run.target;
  const absent = missingFor(probe, hidden);
  const there = () => timeOf(run, probe, asker, hidden.there);
  const missing = () => timeOf(run, probe, asker, absent);
  for (let index = 0; index < Math.min(WARM_UPS, quadruples / 4); index += 1)
    await Promise.resolve(there()).then(missing);
  const times: Quadruple[] = [];
  for (let index = 0; index < quadruples; index += 1) {
    if (index % 2 === 0) {
      const first = await there();
      const others = [await missing(), await missing()] as const;
      times.push({ there: [first, await there()], missing: others });
    } else {
      const first = await missing();
      const others = [await there(), await there()] as const;
      times.push({ missing: [first, await missing()], there: others });
    }
  }
  return times;
}

async function timeOf(
  run: CaseRun,
  probe: Probe,
  asker: Asker,
  names: Parameters<Probe['request']>[0],
): Promise<number> {
  const request = await signedBy(run, probe.request(names), asker);
  const begun = performance.now();
  const answer = await run.ask(request);
  const took = performance.now() - begun;
  if (typeof answer === 'string' || answer.status === 429) throw new Error('there is no answer to time');
  return took;
}
