import { type SelectQueryBuilder, sql } from 'kysely';
import type { ListFilter, ListOrder, ListQuery } from '../kernel/list-query.ts';
import { containsPattern } from './like-pattern.ts';

/** The rows of which all conditions are true. The columns are those of the code, never of a request. */
export function filterRows<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  filters: readonly ListFilter[],
): SelectQueryBuilder<DB, TB, O> {
  return filters.reduce((narrowed, filter) => narrowed.where(conditionOf(filter)), query);
}

function conditionOf(filter: ListFilter) {
  const column = sql.ref(filter.column);
  if (filter.kind === 'any') return sql<boolean>`${column} in (${sql.join([...filter.values])})`;
  if (filter.kind === 'contains') {
    return sql<boolean>`lower(${column}) like ${containsPattern(filter.text.toLowerCase())} escape '\\'`;
  }
  const { min, max } = filter;
  const from = min === undefined ? sql<boolean>`1 = 1` : sql<boolean>`${column} >= ${min}`;
  return max === undefined ? from : sql<boolean>`${from} and ${column} <= ${max}`;
}

/** One page of the rows in the order that was asked for, or the given one. */
export function pageRows<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  { order, page, pageSize }: Pick<ListQuery, 'order' | 'page' | 'pageSize'>,
  defaultOrder: readonly ListOrder[],
): SelectQueryBuilder<DB, TB, O> {
  const by = order.length === 0 ? defaultOrder : order;
  const ordered = by.reduce(
    (sorted, { column, descending }) => sorted.orderBy(sql.ref(column), descending ? 'desc' : 'asc'),
    query,
  );
  // Those that are alike stand in the same order on every page.
  return ordered
    .orderBy(sql.ref('id'))
    .limit(pageSize)
    .offset((page - 1) * pageSize);
}
