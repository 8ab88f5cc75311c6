import { ProductError } from '../../kernel/errors.ts';

/** By what a list is sorted, and which end comes first. */
export interface SortBy<Key extends string> {
  readonly key: Key;
  readonly descending: boolean;
}

/**
 * Harbor's `sort=name,-creation_time`.
 * @param keys what the list shows, and so can be sorted by
 * @returns undefined when nothing was asked for
 * @throws ProductError BAD_REQUEST for any other key
 */
export function readSort<Key extends string>(
  sort: string | undefined,
  keys: readonly Key[],
): readonly SortBy<Key>[] | undefined {
  if (sort === undefined || sort === '') return undefined;
  return sort.split(',').map((text) => {
    const descending = text.startsWith('-');
    const wanted = (descending ? text.slice(1) : text).trim();
    const key = keys.find((known) => known === wanted);
    if (key === undefined) throw new ProductError('BAD_REQUEST', `sort by ${keys.join(', ')}`);
    return { key, descending };
  });
}
