import { ProductError } from '../../kernel/errors.ts';
import type { QueryCondition } from './query-expression.ts';
import { readQueryValues } from './query-values.ts';

/** What is wanted of a name. */
export interface WantedNames {
  /** One of these. */
  readonly names?: readonly string[];
  /** Upper and lower case alike. */
  readonly part?: string;
}

/** `name=a`, `name=~a` and `name={a b}` of `q`. @throws ProductError BAD_REQUEST for ranges and intersections */
export function readNames(condition: QueryCondition | undefined): WantedNames {
  if (condition === undefined) return {};
  const wanted = readQueryValues('name', condition);
  if (wanted.kind === 'one') return { names: [wanted.value] };
  if (wanted.kind === 'any') return { names: wanted.values };
  if (wanted.kind === 'contains') return { part: wanted.text };
  throw new ProductError('BAD_REQUEST', 'q: names are compared by name=a, name=~a and name={a b}');
}
