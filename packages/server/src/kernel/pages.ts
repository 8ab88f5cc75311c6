/** One page of a keyset-paged list. `next` is the cursor of the following page, absent on the last one. */
export interface Page<Item, Cursor = string> {
  readonly items: readonly Item[];
  readonly next?: Cursor;
}

/** Makes a page from up to `size + 1` rows: the surplus row only tells that there is more. */
export function pageOf<Item, Cursor>(
  rows: readonly Item[],
  size: number,
  cursorOf: (item: Item) => Cursor,
): Page<Item, Cursor> {
  if (rows.length <= size) return { items: rows };
  const items = rows.slice(0, size);
  const last = items.at(-1);
  return last === undefined ? { items } : { items, next: cursorOf(last) };
}
