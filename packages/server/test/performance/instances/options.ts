import path from 'node:path';
import { countOption, FLAG_OPTION, readArguments, readCount } from '../command-line.ts';
import { UsageError } from '../options.ts';

const MAX_DIGITS = 6;

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
  const values = readArguments(args, OPTIONS);
  if (values.help) return undefined;
  const { part } = values;
  if (part !== undefined && part !== 'sleeping' && part !== 'cell') {
    throw new UsageError(`--part is sleeping or cell, and not ${part}`);
  }
  return {
    parts: part === undefined ? ['sleeping', 'cell'] : [part],
    sleeping: readCount('--sleeping', values.sleeping, MAX_DIGITS),
    maxOpen: readCount('--max-open', values['max-open'], MAX_DIGITS),
    processes: readCount('--processes', values.processes, MAX_DIGITS),
    cell: readCount('--cell', values.cell, MAX_DIGITS),
    open: readCount('--open', values.open, MAX_DIGITS),
    workDir: path.resolve(values.work ?? path.join(import.meta.dirname, '../../../../../.cache/bench/instances')),
    printsJson: values.json,
  };
}

const OPTIONS = {
  part: { type: 'string' },
  sleeping: countOption(5_000),
  'max-open': countOption(100),
  processes: countOption(1),
  cell: countOption(500),
  open: countOption(200),
  work: { type: 'string' },
  json: FLAG_OPTION,
  help: FLAG_OPTION,
} as const;
