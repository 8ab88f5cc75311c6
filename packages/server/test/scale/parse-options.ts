import { parseArgs } from 'node:util';

export const PHASE_NAMES = [
  'kills',
  'postgres-restart',
  'store-pause',
  'failover',
  'partitions',
  'store-script',
  'database-script',
] as const;

export type PhaseName = (typeof PHASE_NAMES)[number];

export interface ScaleOptions {
  /** Of load, faults included. */
  readonly minutes: number;
  /** The shorter version of each phase. */
  readonly isShort: boolean;
  readonly seed: number;
  readonly only: readonly PhaseName[];
  readonly isJson: boolean;
}

export const USAGE = `usage: npm run test:scale -- [--short] [--minutes N] [--only PHASE[,PHASE …]] [--seed S] [--json]

Three nodes behind a balancer, on PostgreSQL with a synchronous standby and on an S3 server, under mixed load with failures,
and a check that nothing acknowledged is lost, wrong or out of order.
  --minutes  of load (10)
  --short    two minutes, with shorter failures and fewer of them
  --only     ${PHASE_NAMES.join(', ')}
  --seed     other random choices than the usual ones
  --json     the results as one JSON document; everything else goes to the standard error`;

const FULL_MINUTES = '10';
const SHORT_MINUTES = '2';

/** @throws Error with a sentence for people */
export function parseOptions(args: readonly string[]): ScaleOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      only: { type: 'string' },
      seed: { type: 'string', default: '20260101' },
      json: { type: 'boolean', default: false },
    },
  });
  const only = values.only?.split(',') ?? PHASE_NAMES;
  const unknown = only.find((name) => !PHASE_NAMES.some((phase) => phase === name));
  if (unknown !== undefined) throw new Error(`There is no phase "${unknown}": choose of ${PHASE_NAMES.join(', ')}.`);
  return {
    minutes: toCount('--minutes', values.minutes ?? (values.short ? SHORT_MINUTES : FULL_MINUTES)),
    isShort: values.short,
    seed: toCount('--seed', values.seed),
    only: PHASE_NAMES.filter((name) => only.includes(name)),
    isJson: values.json,
  };
}

function toCount(name: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`${name} is a whole number above zero, and not "${text}".`);
}
