import { FAILPOINTS, type Failpoint } from '../../../src/kernel/failpoints.ts';
import { FindingCounts, listFindings } from '../../support/check/findings.ts';
import { inParallel } from '../../support/check/in-parallel.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { Tally } from '../../support/tally.ts';
import type { CrashBench, PartReport } from '../crash-part.ts';
import { FAULT_KINDS, type FaultKind } from '../failpoints/arming.ts';
import { NOT_REACHED_YET } from '../failpoints/exceptions.ts';
import { FailpointRun, type InjectionResult, isPassedByItself } from '../failpoints/failpoint-run.ts';

/** Failpoints at once: a server that starts keeps one processor busy, and the disk keeps it waiting. */
const LANES = 2;

/** What the injections of one kind at one failpoint came to. */
interface Cell {
  readonly name: Failpoint;
  readonly kind: FaultKind;
  armed: number;
  struck: number;
  readonly found: FindingCounts;
  faulty: number;
}

/** Each failpoint of the write paths, with each kind of fault: the process ends there, or the step fails (invariants 1 and 8). */
export async function runFailpoints(bench: CrashBench): Promise<PartReport> {
  const tally = new Tally();
  const cells: Cell[] = [];
  const random = bench.createRandom();
  await inParallel(bench.options.failpoints, LANES, async (name) => {
    cells.push(...(await strikeAt(name, { bench, tally, random })));
  });
  const order = (cell: Cell) => FAILPOINTS.indexOf(cell.name);
  return report(
    tally,
    cells.toSorted((left, right) => order(left) - order(right)),
  );
}

interface Context {
  readonly bench: CrashBench;
  readonly tally: Tally;
  readonly random: SeededRandom;
}

async function strikeAt(name: Failpoint, context: Context): Promise<readonly Cell[]> {
  const { bench, tally, random } = context;
  const run = await FailpointRun.start(bench, name, random);
  const passes = await run.countPasses();
  const reason = NOT_REACHED_YET[name];
  if (passes > 0 === (reason !== undefined)) {
    tally.count(name, [passes === 0 ? 'was never reached' : `is reached, and listed as not reached: ${reason}`]);
  }
  const cells: Cell[] = [];
  for (const kind of passes > 0 ? FAULT_KINDS : []) cells.push(await injectOften(run, { name, kind, passes }, context));
  await run.end();
  bench.say(`failpoints: ${name} done, ${passes} passes in a round${passes === 0 ? `: ${reason}` : ''}`);
  return cells;
}

async function injectOften(
  run: FailpointRun,
  { name, kind, passes }: { name: Failpoint; kind: FaultKind; passes: number },
  { bench, tally, random }: Context,
): Promise<Cell> {
  const cell: Cell = { name, kind, armed: 0, struck: 0, found: new FindingCounts(), faulty: 0 };
  for (let injection = 0; injection < bench.options.perFailpoint; injection += 1) {
    const { hasStruck, findings, faults } = isPassedByItself(name)
      ? await injectAlone(bench, { name, kind, passes, random })
      : await run.inject(kind, passes);
    cell.armed += 1;
    cell.struck += hasStruck ? 1 : 0;
    cell.found.add(findings);
    const all = [...faults, ...listFindings(findings), ...(hasStruck ? [] : ['the fault did not strike'])];
    cell.faulty += all.length > 0 ? 1 : 0;
    tally.count(`${name} ${kind}, injection ${injection + 1}`, all);
  }
  return cell;
}

/** A job that has failed, or whose process has died, rests for a while: a new folder has one that goes to work at once. */
async function injectAlone(
  bench: CrashBench,
  { name, kind, passes, random }: { name: Failpoint; kind: FaultKind; passes: number; random: SeededRandom },
): Promise<InjectionResult> {
  const run = await FailpointRun.start(bench, name, random);
  const result = await run.inject(kind, passes);
  await run.end();
  return result;
}

function report(tally: Tally, cells: readonly Cell[]): PartReport {
  const sum = (pick: (cell: Cell) => number) => cells.reduce((total, cell) => total + pick(cell), 0);
  const rows = cells.map(({ name, kind, armed, struck, found, faulty }) => {
    const losses = `lost ${found.lost}, lost uploads ${found.lostUploads}, phantoms ${found.phantoms}`;
    return `${name.padEnd(28)} ${kind.padEnd(7)} armed ${armed}, struck ${struck}, ${losses}, faulty ${faulty}`;
  });
  const reached = new Set(cells.map((cell) => cell.name)).size;
  return {
    name: 'failpoints',
    passed: tally.passed,
    failures: tally.failures,
    figures: { failpoints: FAILPOINTS.length, reached, injections: sum((cell) => cell.armed), cells },
    lines: [
      ...rows,
      `${reached} of ${FAILPOINTS.length} failpoints reached; ${sum((cell) => cell.armed)} times armed, ${sum((cell) => cell.struck)} struck`,
      `lost ${sum(({ found }) => found.lost)}, lost uploads ${sum(({ found }) => found.lostUploads)}, phantoms ${sum(({ found }) => found.phantoms)}`,
    ],
  };
}
