import { ProductError } from '../../kernel/errors.ts';
import type { ListFilter, ListQuery } from '../../kernel/list-query.ts';
import { readPage } from './page-query.ts';
import { parseQueryExpression } from './query-expression.ts';
import { type QueryValues, readQueryInstant, readQueryInteger, readQueryValues } from './query-values.ts';
import { readSort } from './read-sort.ts';

/** A column by which a list is narrowed and sorted. */
export interface ShownColumn {
  readonly column: string;
  readonly type: 'text' | 'integer' | 'flag' | 'instant';
}

interface RawQuery {
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly page?: number | undefined;
  readonly page_size?: number | undefined;
}

/**
 * What is asked of a list, by the names that it shows. Conditions on other names have no effect, as in Harbor.
 * @throws ProductError BAD_REQUEST
 */
export function readListQuery(query: RawQuery, columns: Readonly<Record<string, ShownColumn>>): ListQuery {
  const filters: ListFilter[] = [];
  for (const [key, condition] of parseQueryExpression(query.q)) {
    const column = Object.hasOwn(columns, key) ? columns[key] : undefined;
    if (column !== undefined) filters.push(toFilter(key, column, readQueryValues(key, condition)));
  }
  const sort = readSort(query.sort, Object.keys(columns)) ?? [];
  const order = sort.map(({ key, descending }) => ({ column: columns[key]?.column ?? key, descending }));
  return { filters, order, ...readPage(query) };
}

function toFilter(key: string, { column, type }: ShownColumn, values: QueryValues): ListFilter {
  const read = (text: string) => readValue(key, type, text);
  if (values.kind === 'one') return { column, kind: 'any', values: [read(values.value)] };
  if (values.kind === 'any') return { column, kind: 'any', values: values.values.map(read) };
  if (values.kind === 'range') {
    const { min, max } = values;
    return {
      column,
      kind: 'range',
      min: min === undefined ? undefined : read(min),
      max: max === undefined ? undefined : read(max),
    };
  }
  if (values.kind === 'contains' && type === 'text') return { column, kind: 'contains', text: values.text };
  throw new ProductError('BAD_REQUEST', `q: ${key} is compared with a value, {a b} or [min~max]`);
}

function readValue(key: string, type: ShownColumn['type'], text: string): string | number {
  if (type === 'integer') return readQueryInteger(key, text);
  if (type === 'instant') return readQueryInstant(key, text);
  if (type === 'text') return text;
  if (text === 'true' || text === '1') return 1;
  if (text === 'false' || text === '0') return 0;
  throw new ProductError('BAD_REQUEST', `q: ${key} is true or false`);
}
