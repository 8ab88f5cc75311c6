import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../options.ts';

export const USAGE = `usage: npm run bench:instances -- [OPTION …]

Many instances on one server. Two parts: sleeping ones with a schedule that is due at the same instant for all of them (SQLite), and
a cell of many, of which some are open (PostgreSQL, which is started for the run).

  --part sleeping|cell  only this one
  --sleeping N          instances that sleep (5000)
  --max-open N          instances that the server keeps open while it wakes them (100)
  --processes N         of the server that wakes them (1)
  --cell N              instances in the cell (500)
  --open N              of those, open on the node (200)
  --work DIR            where the data are while it runs (.cache/bench/instances)
  --json                the figures as JSON on the standard output
  --help

Exit code: 1 when an instance was not woken within a minute, or did not run its job.`;

export interface InstancesOptions {
  readonly parts: readonly ('sleeping' | 'cell')[];
  readonly sleeping: number;
  readonly maxOpen: number;
  readonly processes: number;
  readonly cell: number;
  readonly open: number;
  readonly workDir: string;
  readonly printsJson: boolean;
}

/** @returns undefined when help is asked for @throws UsageError */
export function readOptions(args: readonly string[]): InstancesOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const { part } = values;
  if (part !== undefined && part !== 'sleeping' && part !== 'cell') {
    throw new UsageError(`--part is sleeping or cell, and not ${part}`);
  }
  return {
    parts: part === undefined ? ['sleeping', 'cell'] : [part],
    sleeping: readCount('--sleeping', values.sleeping),
    maxOpen: readCount('--max-open', values['max-open']),
    processes: readCount('--processes', values.processes),
    cell: readCount('--cell', values.cell),
    open: readCount('--open', values.open),
    workDir: path.resolve(values.work ?? path.join(import.meta.dirname, '../../../../../.cache/bench/instances')),
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
        sleeping: count(5_000),
        'max-open': count(100),
        processes: count(1),
        cell: count(500),
        open: count(200),
        work: { type: 'string' },
        json: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readCount(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`${option} is a whole number from 1 on, and not ${text}`);
}
