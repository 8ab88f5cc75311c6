/** Does the same with each item, some at a time. */
export async function inParallel<Item>(
  items: Iterable<Item>,
  count: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await act(next.value);
  };
  await Promise.all(Array.from({ length: count }, work));
}
