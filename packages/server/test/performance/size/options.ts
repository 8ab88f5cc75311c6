import path from 'node:path';
import { countOption, FLAG_OPTION, readArguments, readCount } from '../command-line.ts';
import { UsageError } from '../options.ts';

const MAX_DIGITS = 8;

export const USAGE = `usage: npm run bench:size -- [OPTION …]

What a request costs in a large registry on PostgreSQL, beside the same requests in a small one; and what collecting garbage
costs there, with its effect on pushes. PostgreSQL is started for the run, with fsync.

  --part requests|collection  only this one
  --manifests N      in the large registry (1000000), each with five blobs of its own
  --repositories N   that they are in (10000); one more holds a tenth of them
  --garbage N        blobs that nobody lists (1000000)
  --rounds N         in which the requests are measured (3)
  --work DIR         where the data are while it runs (.cache/bench/size); the full size needs 25 GB
  --out DIR          where the report goes (default: only printed)
  --json             the figures as JSON on the standard output
  --help

Exit code: 1 when the p99 of a request in the large registry is more than twice that in the small one.`;

export interface SizeOptions {
  readonly parts: readonly ('requests' | 'collection')[];
  readonly manifests: number;
  readonly repositories: number;
  readonly garbage: number;
  readonly rounds: number;
  readonly workDir: string;
  readonly outDir: string | undefined;
  readonly printsJson: boolean;
}

/** @returns undefined when help is asked for @throws UsageError */
export function readOptions(args: readonly string[]): SizeOptions | undefined {
  const values = readArguments(args, OPTIONS);
  if (values.help) return undefined;
  const { part } = values;
  if (part !== undefined && part !== 'requests' && part !== 'collection') {
    throw new UsageError(`--part is requests or collection, and not ${part}`);
  }
  return {
    parts: part === undefined ? ['requests', 'collection'] : [part],
    manifests: readCount('--manifests', values.manifests, MAX_DIGITS),
    repositories: readCount('--repositories', values.repositories, MAX_DIGITS),
    garbage: readCount('--garbage', values.garbage, MAX_DIGITS),
    rounds: readCount('--rounds', values.rounds, MAX_DIGITS),
    workDir: path.resolve(values.work ?? path.join(import.meta.dirname, '../../../../../.cache/bench/size')),
    outDir: values.out,
    printsJson: values.json,
  };
}

const OPTIONS = {
  part: { type: 'string' },
  manifests: countOption(1_000_000),
  repositories: countOption(10_000),
  garbage: countOption(1_000_000),
  rounds: countOption(3),
  work: { type: 'string' },
  out: { type: 'string' },
  json: FLAG_OPTION,
  help: FLAG_OPTION,
} as const;
