import {
  ACCOUNT_SORT_KEYS,
  type AccountFilter,
  type AccountOrder,
  type TextCondition,
} from '../../../identity/users/account-store.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { parseQueryExpression, type QueryCondition } from '../query-expression.ts';
import { readQueryValues } from '../query-values.ts';
import { readSort } from '../read-sort.ts';

/**
 * The filter of `GET /users`: only what the list shows. Other keys have no effect, as in Harbor, so that nothing can be
 * guessed of what is not shown.
 * @throws ProductError BAD_REQUEST
 */
export function readUserFilter(q: string | undefined): AccountFilter {
  const conditions = parseQueryExpression(q);
  return {
    id: readId(conditions.get('user_id')),
    name: readText('username', conditions.get('username')),
    email: readText('email', conditions.get('email')),
    realName: readText('realname', conditions.get('realname')),
  };
}

/**
 * `sort=username,-creation_time`. Default: by name.
 * @throws ProductError BAD_REQUEST for a key that users are not sorted by.
 */
export function readUserOrder(sort: string | undefined): readonly AccountOrder[] {
  return readSort(sort, ACCOUNT_SORT_KEYS) ?? [{ key: 'username', descending: false }];
}

function readText(key: string, condition: QueryCondition | undefined): TextCondition | undefined {
  if (condition === undefined) return undefined;
  const wanted = readQueryValues(key, condition);
  if (wanted.kind === 'one') return { kind: 'is', text: wanted.value };
  if (wanted.kind === 'contains') return { kind: 'contains', text: wanted.text };
  if (wanted.kind === 'any') return { kind: 'is-any', texts: wanted.values };
  throw new ProductError('BAD_REQUEST', `q: users are found by ${key}=a, ${key}=~a and ${key}={a b}`);
}

function readId(condition: QueryCondition | undefined): number | undefined {
  if (condition === undefined) return undefined;
  if (condition.kind === 'exact' && /^\d{1,15}$/.test(condition.value)) return Number(condition.value);
  throw new ProductError('BAD_REQUEST', 'user_id is compared with a number');
}
