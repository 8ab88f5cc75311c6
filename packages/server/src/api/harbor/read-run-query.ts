import type { UpkeepRunQuery } from '../../operations/upkeep/upkeep-runs.ts';
import { readPage } from './page-query.ts';
import { parseQueryExpression } from './query-expression.ts';
import { readQueryValues } from './query-values.ts';
import { readSort } from './read-sort.ts';
import { RUN_STATUSES } from './render-run.ts';

interface RawQuery {
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly page?: number | undefined;
  readonly page_size?: number | undefined;
}

/** Runs begin in the order of their numbers. */
const ORDER = ['id', 'creation_time', 'start_time'] as const;

/** What is asked of a history: by `job_status` or `status`, newest first or oldest. @throws ProductError BAD_REQUEST */
export function readRunQuery(query: RawQuery): UpkeepRunQuery {
  const conditions = parseQueryExpression(query.q);
  const [key, condition] = [...conditions].find(([name]) => name === 'job_status' || name === 'status') ?? [];
  const [order] = readSort(query.sort, ORDER) ?? [];
  const page = { ...readPage(query), oldestFirst: order?.descending === false };
  if (key === undefined || condition === undefined) return page;
  const values = readQueryValues(key, condition);
  const wanted = values.kind === 'one' ? [values.value] : values.kind === 'any' ? values.values : [];
  return { ...page, statuses: wanted.flatMap((name) => RUN_STATUSES[name as keyof typeof RUN_STATUSES] ?? []) };
}
