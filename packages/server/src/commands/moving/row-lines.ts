import type { Clock } from '../../kernel/clock.ts';

const EVERY_MS = 5_000;

/** Says now and then how many rows of a table were copied or compared. */
export function createRowLines(print: (line: string) => void, clock: Clock) {
  let current = '';
  let rows = 0;
  let saidAt = clock.now();
  return (unit: string, table: string, count: number): void => {
    const name = `${unit}: ${table}`;
    rows = name === current ? rows + count : count;
    current = name;
    const now = clock.now();
    if (now - saidAt < EVERY_MS) return;
    saidAt = now;
    print(`${name}: ${rows} rows\n`);
  };
}
