import { parseArgs } from 'node:util';

export interface Options {
  readonly operationCount: number;
  readonly tagCount: number;
  /** Of each tag. */
  readonly clientCount: number;
  readonly seed: number;
  /** How often the server is killed meanwhile. */
  readonly killCount: number;
  readonly processCount: number;
  /** `given` is the one that ROADSTEAD_DATABASE_URL names. */
  readonly database: 'sqlite' | 'postgres' | 'given';
  /** Histories of each planted defect. */
  readonly plantedCount: number;
  readonly isJson: boolean;
}

export const USAGE = `Options, with what they are without:
  --operations 20000   at least so many operations on tags
  --tags 8             with long histories
  --clients 8          of each tag
  --seed 20260101      chooses what the clients do
  --kills 0            how often the server is killed and started again meanwhile
  --processes 1        of the server (ROADSTEAD_PROCESSES)
  --database sqlite    or postgres, which is started for this run; without it, what ROADSTEAD_DATABASE_URL names
  --planted 4          histories with each planted defect
  --json               the result as JSON on the standard output, the report on the standard error`;

const NUMBERS = {
  operations: { default: 20_000, min: 100, max: 10_000_000 },
  tags: { default: 8, min: 1, max: 256 },
  clients: { default: 8, min: 2, max: 64 },
  seed: { default: 20_260_101, min: 0, max: 2 ** 31 },
  kills: { default: 0, min: 0, max: 1_000 },
  processes: { default: 1, min: 1, max: 64 },
  planted: { default: 4, min: 1, max: 100 },
} as const;

/**
 * @param databaseUrl that of the environment
 * @throws Error that says which option is wrong, and why
 */
export function parseOptions(args: readonly string[], databaseUrl: string): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ operations: text, tags: text, clients: text, seed: text, kills: text, processes: text, planted: text },
      database: text,
      json: { type: 'boolean' },
    },
  });
  const numberOf = (name: keyof typeof NUMBERS): number => {
    const { default: standard, min, max } = NUMBERS[name];
    const given = values[name];
    const number = given === undefined ? standard : Number(given);
    if (Number.isSafeInteger(number) && number >= min && number <= max && given !== '') return number;
    throw new Error(`--${name} is a whole number from ${min} to ${max}, not "${given}"`);
  };
  return {
    operationCount: numberOf('operations'),
    tagCount: numberOf('tags'),
    clientCount: numberOf('clients'),
    seed: numberOf('seed'),
    killCount: numberOf('kills'),
    processCount: numberOf('processes'),
    plantedCount: numberOf('planted'),
    database: toDatabase(values.database, databaseUrl),
    isJson: values.json === true,
  };
}

function toDatabase(given: string | undefined, databaseUrl: string): Options['database'] {
  if (given === 'sqlite' || given === 'postgres') return given;
  if (given !== undefined) throw new Error(`--database is sqlite or postgres, not "${given}"`);
  return databaseUrl === '' ? 'sqlite' : 'given';
}
