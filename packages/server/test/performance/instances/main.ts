// `npm run bench:instances`: many instances on one server; see `--help`.

import { mkdirSync } from 'node:fs';
import { say } from '../command-line.ts';
import { describeMachine } from '../measure/describe-machine.ts';
import { UsageError } from '../options.ts';
import { type CellFigures, measureCell } from './measure-cell.ts';
import { measureSleeping, type SleepingFigures } from './measure-sleeping.ts';
import { readOptions, USAGE } from './options.ts';

const WOKEN_WITHIN_SECONDS = 60;

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  mkdirSync(options.workDir, { recursive: true });
  const machine = describeMachine();
  const sleeping = options.parts.includes('sleeping') ? await measureSleeping(options, say) : undefined;
  const cell = options.parts.includes('cell') ? await measureCell(options, say) : undefined;
  if (options.printsJson) console.log(JSON.stringify({ machine, sleeping, cell }, undefined, 2));
  else console.log([...(sleeping ? describeSleeping(sleeping) : []), ...(cell ? describeCell(cell) : [])].join('\n'));
  const isLate = sleeping !== undefined && (sleeping.notRun > 0 || sleeping.fired.max > WOKEN_WITHIN_SECONDS);
  return isLate ? 1 : 0;
}

function describeSleeping(figures: SleepingFigures): readonly string[] {
  const { fired, ended } = figures;
  return [
    `${figures.instances} sleeping instances, all due at one instant (${figures.processes} processes, ${figures.maxOpen} open at most):`,
    `  schedule fired after   p50 ${fired.p50} s, p90 ${fired.p90} s, p99 ${fired.p99} s, all ${fired.max} s`,
    `  job done after         p50 ${ended.p50} s, p90 ${ended.p90} s, p99 ${ended.p99} s, all ${ended.max} s; not run: ${figures.notRun}`,
    `  all asleep again after ${figures.asleepAgainSeconds} s; ${figures.cpuSecondsPerInstance} s of CPU each`,
    `  memory                 ${figures.idleMegabytes} MB before, ${figures.peakMegabytes} MB at most`,
  ];
}

function describeCell(figures: CellFigures): readonly string[] {
  const { firstOpening, opening, emptyCell, fullCell } = figures;
  return [
    `${figures.instances} instances in a cell, ${figures.open} open on one node:`,
    `  first request of a new one   p50 ${firstOpening.p50} ms, p99 ${firstOpening.p99} ms`,
    `  first request to a sleeper   p50 ${opening.p50} ms, p99 ${opening.p99} ms`,
    `  memory                       ${figures.idleMegabytes} MB without, ${figures.openMegabytes} MB with them: ${figures.kilobytesPerOpenInstance} kB each`,
    `  CPU at rest                  ${figures.cpuShareAtRest} of a core`,
    `  pg_class                     ${emptyCell.pgClassRows} rows before, ${fullCell.pgClassRows} with them`,
    `  pg_catalog                   ${emptyCell.catalogMegabytes} MB before, ${fullCell.catalogMegabytes} MB with them; the database ${fullCell.databaseMegabytes} MB`,
  ];
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : String((error as Error).stack ?? error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
