// `npm run bench:size`: a large registry on PostgreSQL beside a small one; see `--help`.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type RunningPostgres, startPostgres } from '../../support/start-postgres.ts';
import { say } from '../command-line.ts';
import { LoadProcess } from '../load/load-process.ts';
import { describeMachine } from '../measure/describe-machine.ts';
import { UsageError } from '../options.ts';
import { coresOf } from '../servers/placement.ts';
import { measureCollection } from './measure-collection.ts';
import { measureRequests, seedTwins, type Twins } from './measure-requests.ts';
import { readOptions, type SizeOptions, USAGE } from './options.ts';
import { renderSizes } from './render-sizes.ts';
import { createTwin } from './twins.ts';

/** As a server of its size is set up, with nothing of its durability left out. */
const POSTGRES_SETTINGS = { fsync: 'on', full_page_writes: 'on', shared_buffers: '1GB', max_wal_size: '8GB' };

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  mkdirSync(options.workDir, { recursive: true });
  const machine = describeMachine();
  const postgres = await startPostgres(POSTGRES_SETTINGS);
  const load = new LoadProcess(coresOf('together').load);
  try {
    const figures = await measure(postgres, load, options);
    const { manifests, repositories, rounds } = options;
    const report = { machine, manifests, repositories, rounds, ...figures };
    const table = renderSizes(figures.requests, figures.collection);
    console.log(options.printsJson ? JSON.stringify(report, undefined, 2) : table);
    if (options.outDir !== undefined) {
      mkdirSync(options.outDir, { recursive: true });
      writeFileSync(path.join(options.outDir, 'size.json'), `${JSON.stringify(report, undefined, 2)}\n`);
      writeFileSync(path.join(options.outDir, 'size.md'), table);
    }
    return figures.requests.every(({ isMet }) => isMet) ? 0 : 1;
  } finally {
    await load.stop();
    await postgres.stop();
  }
}

async function measure(postgres: RunningPostgres, load: LoadProcess, options: SizeOptions) {
  const empty: Twins = {
    small: await createTwin(postgres, 'small', options.workDir),
    large: await createTwin(postgres, 'large', options.workDir),
  };
  let { small, large } = empty;
  try {
    const seeded = await seedTwins(empty, options, say);
    ({ small, large } = seeded.twins);
    const requests = options.parts.includes('requests')
      ? await measureRequests(seeded.twins, seeded.contents, load, options, say)
      : [];
    const collection = options.parts.includes('collection')
      ? await measureCollection(large, load, options, say)
      : undefined;
    return { requests, collection };
  } finally {
    for (const twin of [small, large]) {
      await twin.close();
      rmSync(twin.dataDir, { recursive: true, force: true });
    }
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : String((error as Error).stack ?? error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
