import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendPageHeaders } from './page-headers.ts';
import { readPage } from './page-query.ts';
import { parseQueryExpression, type QueryCondition } from './query-expression.ts';
import { readSort } from './read-sort.ts';

type Value = string | number | boolean | undefined;

/** What a list can be filtered and sorted by: what it shows. */
export type ListKeys<Item, Key extends string> = Readonly<Record<Key, (item: Item) => Value>>;

interface ListRequest extends FastifyRequest {
  readonly query: {
    readonly page?: number;
    readonly page_size?: number;
    readonly q?: string;
    readonly sort?: string;
  };
}

/**
 * One page of a list that is short for certain, filtered by `q` and sorted by `sort`; its headers are set.
 * @param items in the order that they have when nothing else is asked for
 * @throws ProductError BAD_REQUEST
 */
export function selectPage<Item, Key extends string>(
  request: FastifyRequest,
  reply: FastifyReply,
  items: readonly Item[],
  keys: ListKeys<Item, Key>,
): readonly Item[] {
  const { query } = request as ListRequest;
  const at = readPage(query);
  const conditions = [...parseQueryExpression(query.q)];
  const order = readSort(query.sort, Object.keys(keys) as Key[]) ?? [];
  const found = items
    .filter((item) => conditions.every(([key, condition]) => !isKey(keys, key) || agrees(keys[key](item), condition)))
    .toSorted((left, right) => {
      for (const { key, descending } of order) {
        const difference = compare(keys[key](left), keys[key](right));
        if (difference !== 0) return descending ? -difference : difference;
      }
      return 0;
    });
  sendPageHeaders(request, reply, at, found.length);
  return found.slice((at.page - 1) * at.pageSize, at.page * at.pageSize);
}

function isKey<Key extends string>(keys: Readonly<Record<Key, unknown>>, text: string): text is Key {
  return Object.hasOwn(keys, text);
}

function agrees(value: Value, { kind, value: wanted }: QueryCondition): boolean {
  const text = String(value ?? '');
  if (kind === 'exact') return text === wanted;
  if (kind === 'fuzzy') return text.toLowerCase().includes(wanted.toLowerCase());
  const inner = wanted.slice(1, -1);
  if (!wanted.startsWith('[')) return inner.split(' ').some((each) => unquote(each) === text);
  const [from = '', to = ''] = inner.split('~', 2).map(unquote);
  return (
    (from === '' || compare(value, typed(value, from)) >= 0) && (to === '' || compare(value, typed(value, to)) <= 0)
  );
}

function unquote(text: string): string {
  return text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replace(/^'(.*)'$/, '$1');
}

function typed(like: Value, text: string): Value {
  return typeof like === 'number' ? Number(text) : text;
}

function compare(left: Value = '', right: Value = ''): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
