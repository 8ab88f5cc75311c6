// `npm run test:scale`: three nodes behind a balancer, on PostgreSQL with a synchronous standby and on an S3 server, under
// mixed load. Nodes are killed, databases fail over, the store goes away, networks part; nothing that was acknowledged may
// be lost, wrong or out of order afterwards. It needs Linux, PostgreSQL, Ceph's radosgw, and root for the partitions.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CleanUp } from '../support/process/clean-up.ts';
import { parseOptions, type ScaleOptions, USAGE } from './parse-options.ts';
import { runScale } from './run-scale.ts';
import { openScaleBench } from './scale-bench.ts';

const RESULTS = path.resolve(import.meta.dirname, '../../../../.cache/scale');

async function main(options: ScaleOptions): Promise<number> {
  const say = (line: string) => (options.isJson ? console.error(line) : console.log(line));
  say(`Several nodes, seed ${options.seed}`);
  const cleanUp = new CleanUp();
  cleanUp.coverAllEnds();
  const bench = await openScaleBench(options, cleanUp, say);
  try {
    const { summary, failures } = await runScale(bench);
    for (const failure of failures) say(`FAILED ${failure}`);
    if (options.isJson) console.log(JSON.stringify({ ...summary, failures }, undefined, 2));
    say(`${summary.passed} passed, ${summary.failed} failed`);
    return summary.failed === 0 && summary.passed > 0 ? 0 : 1;
  } finally {
    rmSync(RESULTS, { recursive: true, force: true });
    mkdirSync(RESULTS, { recursive: true });
    for (const node of bench.nodes) writeFileSync(path.join(RESULTS, `${node.name}.log`), node.lastWords());
    const failures = bench.log.failures.map((failure) => JSON.stringify(failure));
    writeFileSync(path.join(RESULTS, 'failures.jsonl'), `${failures.join('\n')}\n`);
    writeFileSync(path.join(RESULTS, 'windows.json'), JSON.stringify(bench.log.windows, undefined, 2));
    await bench.close();
    cleanUp.run();
  }
}

function readOptions(): ScaleOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

const options = readOptions();
process.exitCode =
  options === undefined
    ? 2
    : await main(options).catch((error: unknown) => {
        console.error(error);
        console.log('0 passed, 1 failed');
        return 1;
      });
// Not by coming to the end: after requests that were cut off midway Node waits in its own clean-up for one that no longer exists
// (Environment::CleanupHandles, spinning without a system call). All is counted and closed by now.
process.exit();
