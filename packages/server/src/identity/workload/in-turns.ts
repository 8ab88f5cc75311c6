import { setImmediate as nextTurn } from 'node:timers/promises';

const TURN_MS = 10;

/** As `map`, for what may take long in sum: everybody else gets a turn every ten milliseconds, or after each that takes longer. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  judge: (item: Item) => Result,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let since = performance.now();
  for (const item of items) {
    if (performance.now() - since >= TURN_MS) {
      await nextTurn();
      since = performance.now();
    }
    results.push(judge(item));
  }
  return results;
}
