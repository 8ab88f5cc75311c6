import { parseArgs } from 'node:util';
import { FAILPOINTS, type Failpoint } from '../../src/kernel/failpoints.ts';
import type { CrashOptions } from './crash-part.ts';

export const PART_NAMES = ['kills', 'trace', 'images', 'failpoints', 'full-disk'] as const;

export type PartName = (typeof PART_NAMES)[number];

export interface RunOptions extends CrashOptions {
  readonly only: readonly PartName[];
  readonly isJson: boolean;
}

export const USAGE = `usage: npm run test:crash -- [--kills N] [--images N] [--per-failpoint N] [--failpoints NAME[,NAME …]] [--only PART[,PART …]] [--seed S] [--json]

Kills a Roadstead server, cuts its power, fails its writes and fills its disk, and holds what is left against a ledger.
  --kills          how often the server is killed under load (60)
  --images         how many crash images of its file system are mounted (50)
  --per-failpoint  how often each kind of fault strikes at each failpoint (6; 100 for a full run)
  --failpoints     only these
  --only           ${PART_NAMES.join(', ')}
  --seed           other random choices than the usual ones
  --json           the results as one JSON document; everything else goes to the standard error`;

/** @throws Error with a sentence for people */
export function parseOptions(args: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '60' },
      images: { type: 'string', default: '50' },
      'per-failpoint': { type: 'string', default: '6' },
      failpoints: { type: 'string' },
      only: { type: 'string' },
      seed: { type: 'string', default: '20260101' },
      json: { type: 'boolean', default: false },
    },
  });
  const only = values.only?.split(',') ?? PART_NAMES;
  const unknown = only.find((name) => !PART_NAMES.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`There is no part "${unknown}": choose of ${PART_NAMES.join(', ')}.`);
  return {
    kills: toCount('--kills', values.kills),
    images: toCount('--images', values.images),
    perFailpoint: toCount('--per-failpoint', values['per-failpoint']),
    failpoints: toFailpoints(values.failpoints?.split(',')),
    seed: toCount('--seed', values.seed),
    only: PART_NAMES.filter((name) => only.includes(name)),
    isJson: values.json,
  };
}

function toFailpoints(names: readonly string[] = FAILPOINTS): readonly Failpoint[] {
  const unknown = names.find((name) => !FAILPOINTS.some((failpoint) => failpoint === name));
  if (unknown !== undefined) throw new Error(`There is no failpoint "${unknown}": choose of ${FAILPOINTS.join(', ')}.`);
  return FAILPOINTS.filter((name) => names.includes(name));
}

function toCount(name: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`${name} is a whole number above zero, and not "${text}".`);
}
