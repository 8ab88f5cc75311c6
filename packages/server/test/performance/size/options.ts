import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../options.ts';

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
  const values = parse(args);
  if (values.help) return undefined;
  const { part } = values;
  if (part !== undefined && part !== 'requests' && part !== 'collection') {
    throw new UsageError(`--part is requests or collection, and not ${part}`);
  }
  return {
    parts: part === undefined ? ['requests', 'collection'] : [part],
    manifests: readCount('--manifests', values.manifests),
    repositories: readCount('--repositories', values.repositories),
    garbage: readCount('--garbage', values.garbage),
    rounds: readCount('--rounds', values.rounds),
    workDir: path.resolve(values.work ?? path.join(import.meta.dirname, '../../../../../.cache/bench/size')),
    outDir: values.out,
    printsJson: values.json,
  };
}

function parse(args: readonly string[]) {
  const count = (fallback: number) => ({ type: 'string', default: String(fallback) }) as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        part: { type: 'string' },
        manifests: count(1_000_000),
        repositories: count(10_000),
        garbage: count(1_000_000),
        rounds: count(3),
        work: { type: 'string' },
        out: { type: 'string' },
        json: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readCount(option: string, text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new UsageError(`${option} is a whole number from 1 on, and not ${text}`);
}
