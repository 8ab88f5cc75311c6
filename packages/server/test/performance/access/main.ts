// `npm run bench:access`: what the audit log costs pushes, on both engines, and what authorization costs a read.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startPostgres } from '../../support/start-postgres.ts';
import type { ComparedCell } from '../bench-result.ts';
import { countOption, FLAG_OPTION, readArguments, readCount, say } from '../command-line.ts';
import { seedSampleImage } from '../content/sample-image.ts';
import { CpuClock } from '../measure/cpu-clock.ts';
import { UsageError } from '../options.ts';
import type { RowContext } from '../row.ts';
import { comparePushes } from '../rows/pushes.ts';
import { openLoad, openPair } from '../rows/server-pair.ts';
import { RoadsteadFactory } from '../servers/roadstead.ts';
import { PROJECT } from '../servers/running-server.ts';
import { type AuthorizationCost, measureAuthorization } from './measure-authorization.ts';

const USAGE = `npm run bench:access -- [options]

  --rounds N   rounds of pushes for each engine (default 6)
  --quick      shorter rounds
  --json       print JSON instead of the table
  --help
`;

const ENGINES = ['sqlite', 'postgres'] as const;
type Engine = (typeof ENGINES)[number];

async function main(args: readonly string[]): Promise<number> {
  const values = readArguments(args, {
    rounds: countOption(6),
    quick: FLAG_OPTION,
    json: FLAG_OPTION,
    help: FLAG_OPTION,
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const extent = { rounds: readCount('--rounds', values.rounds, 3), isQuick: values.quick };
  const workDir = mkdtempSync(path.join(tmpdir(), 'roadstead-access-'));
  try {
    const authorization = await measureAuthorization(workDir);
    const cells: ComparedCell[] = [];
    for (const engine of ENGINES) cells.push(...(await measureJournal(engine, extent, workDir)));
    console.log(values.json ? JSON.stringify({ authorization, cells }, undefined, 2) : render(authorization, cells));
    return 0;
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Two servers of the same kind, one of which writes no journal. */
async function measureJournal(
  engine: Engine,
  extent: RowContext['extent'],
  workDir: string,
): Promise<readonly ComparedCell[]> {
  await using undoing = new AsyncDisposableStack();
  const postgres = engine === 'postgres' ? await startPostgres({}) : undefined;
  if (postgres !== undefined) undoing.defer(() => postgres.stop());
  const createFactory = async (name: string, nodeOptions: readonly string[]): Promise<RoadsteadFactory> => {
    const keyFile = path.join(workDir, `${engine}-${name}.key`);
    writeFileSync(keyFile, randomBytes(32).toString('hex'), { mode: 0o600 });
    const database = await postgres?.createDatabase(`access_${name}`);
    const settings = {
      ROADSTEAD_MASTER_KEY_FILE: keyFile,
      ...(database === undefined ? {} : { ROADSTEAD_DATABASE_URL: database }),
    };
    const folder = path.join(workDir, `${engine}-${name}`);
    mkdirSync(folder);
    return new RoadsteadFactory({ workDir: folder, nodeOptions, settings });
  };
  const preload = pathToFileURL(path.join(import.meta.dirname, 'without-journal.ts')).href;
  const context: RowContext = {
    extent,
    ours: await createFactory('with', []),
    peer: await createFactory('without', ['--import', preload]),
    clock: CpuClock.open(),
    workDir,
    say,
    defer: (undo) => undoing.defer(undo),
  };
  const pair = await openPair(context, 'apart');
  for (const { client } of [pair.ours, pair.peer]) await seedSampleImage(client, `${PROJECT}/pushes`);
  say(`pushes with and without a journal, ${engine}`);
  const title = `pushes of 16 clients with the journal, to those without, ${engine}`;
  // The servers end with this function, and not before the pushes.
  return await comparePushes(context, pair, openLoad(context, 'apart'), { id: `journal-${engine}`, title });
}

function render(authorization: AuthorizationCost, cells: readonly ComparedCell[]): string {
  const lines = cells.map(
    ({ title, ours, peer, rateRatio, cpuRatio }) =>
      `| ${title} | ${ours.rate.median.toFixed(1)} | ${peer.rate.median.toFixed(1)} | ` +
      `${rateRatio.median.toFixed(3)} (${rateRatio.min.toFixed(3)}–${rateRatio.max.toFixed(3)}) | ${cpuRatio?.median.toFixed(3) ?? ''} |`,
  );
  const { authenticateMicroseconds, authorizeMicroseconds } = authorization;
  return [
    '| what | with, pushes/s | without, pushes/s | ratio | ratio of CPU time |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
    `Authorization of a manifest GET with a token that was seen before: ${(authenticateMicroseconds + authorizeMicroseconds).toFixed(2)} µs ` +
      `of CPU (the token ${authenticateMicroseconds.toFixed(2)}, the decision ${authorizeMicroseconds.toFixed(2)}).`,
  ].join('\n');
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
process.exit();
