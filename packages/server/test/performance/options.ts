import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Extent } from './row.ts';
import type { UrlRegistryOptions } from './servers/url-registry.ts';

export const USAGE = `usage: npm run bench -- [OPTION …]

Compares Roadstead with docker-registry on this machine, in interleaved rounds, and holds the ratios against their targets.
Linux with two cores; docker-registry comes from Debian's archive into .cache/bench, and nothing is installed.

  --rounds N           rounds of each comparison (5; with --quick 2)
  --rows A[,B …]       only these rows: manifests, small-blobs, large-blob, large-blob-sendfile, uploads, pushes, growth,
                       memory
  --quick              smaller blobs, shorter runs, lists that go in through the API: to see that it works, not for figures
  --out DIR            where the report goes (.cache/bench/results): bench.json, bench.md, ratios.svg, growth.svg
  --work DIR           where the servers keep their data while they run (.cache/bench/work); about 20 GB for all rows
  --json               print the report as JSON instead of Markdown
  --strict             exit with 1 when a target is missed
  --profile DIR        write CPU profiles of Roadstead; the figures of such a run are worth nothing
  --peer-url URL       compare with the registry that listens there (http) instead of docker-registry; it must take pushes
                       to bench/…, and what deletes do not free stays on its disk
  --peer-name NAME     what it is called in the report
  --peer-pid PID       its first process, when it runs here: without it CPU time is left out
  --peer-username NAME and the password in ROADSTEAD_BENCH_PEER_PASSWORD, where it wants credentials
  --help

Exit code: 1 when a row could not be run to its end or a server gave a wrong answer.`;

export interface BenchOptions {
  readonly extent: Extent;
  /** Names; undefined is all. */
  readonly rows: readonly string[] | undefined;
  readonly outDir: string;
  readonly workDir: string;
  readonly cacheDir: string;
  readonly profileDir: string | undefined;
  readonly printsJson: boolean;
  readonly isStrict: boolean;
  readonly peer: UrlRegistryOptions | undefined;
}

/** The command line is wrong; the message says what about it. */
export class UsageError extends Error {}

const DEFAULT_ROUNDS = 5;
const QUICK_ROUNDS = 2;

/**
 * @param rowNames those that there are
 * @returns undefined when help is asked for
 * @throws UsageError
 */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  rowNames: readonly string[],
): BenchOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const isQuick = values.quick;
  const cacheDir = path.resolve(import.meta.dirname, '../../../../.cache/bench');
  return {
    extent: { rounds: readCount('--rounds', values.rounds) ?? (isQuick ? QUICK_ROUNDS : DEFAULT_ROUNDS), isQuick },
    rows: readRows(values.rows, rowNames),
    outDir: path.resolve(values.out ?? path.join(cacheDir, 'results')),
    workDir: path.resolve(values.work ?? path.join(cacheDir, 'work')),
    cacheDir,
    profileDir: values.profile === undefined ? undefined : path.resolve(values.profile),
    printsJson: values.json,
    isStrict: values.strict,
    peer: readPeer(values, environment['ROADSTEAD_BENCH_PEER_PASSWORD'] ?? ''),
  };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: text,
        rows: text,
        quick: flag,
        out: text,
        work: text,
        json: flag,
        strict: flag,
        profile: text,
        'peer-url': text,
        'peer-name': text,
        'peer-pid': text,
        'peer-username': text,
        help: flag,
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`${option} is a whole number from 1 on, and not ${text}`);
}

function readRows(text: string | undefined, rowNames: readonly string[]): readonly string[] | undefined {
  const rows = text?.split(',').map((name) => name.trim());
  const unknown = rows?.find((name) => !rowNames.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no row ${unknown}: rows are ${rowNames.join(', ')}`);
  return rows;
}

function readPeer(values: ReturnType<typeof parse>, password: string): UrlRegistryOptions | undefined {
  const { 'peer-url': url, 'peer-name': name, 'peer-pid': pid, 'peer-username': username } = values;
  if (url === undefined) {
    if (name !== undefined || pid !== undefined || username !== undefined) {
      throw new UsageError('--peer-name, --peer-pid and --peer-username go with --peer-url');
    }
    return undefined;
  }
  if (!URL.canParse(url) || new URL(url).protocol !== 'http:') {
    throw new UsageError(`--peer-url is an http:// address, and not ${url}`);
  }
  return {
    url,
    name: name ?? new URL(url).host,
    pid: readCount('--peer-pid', pid),
    credentials: username === undefined ? undefined : { username, password },
  };
}
