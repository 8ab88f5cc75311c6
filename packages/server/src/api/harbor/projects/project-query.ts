import { ProductError } from '../../../kernel/errors.ts';
import type { Principal } from '../../../kernel/principal.ts';
import { PROJECT_SORT_KEYS, type ProjectOrder } from '../../../projects/project-store.ts';
import type { ProjectQuery } from '../../../projects/projects.ts';
import type { RequestOf } from '../openapi/serve-operation.ts';
import { parseQueryExpression, type QueryCondition } from '../query-expression.ts';
import { readNames } from '../read-names.ts';
import { readSort } from '../read-sort.ts';
import type { listProjects } from './projects-contract.ts';

type ListProjectsQuery = RequestOf<typeof listProjects>['query'];

/**
 * The filter of `GET /projects`: `name` finds parts of names, as in Harbor; `q` knows `name` and `public`.
 * @throws ProductError BAD_REQUEST
 */
export function readProjectQuery(query: ListProjectsQuery, principal: Principal): ProjectQuery {
  const conditions = parseQueryExpression(query.q);
  const { names, part } = readNames(conditions.get('name'));
  const isPublic = readPublic(conditions.get('public')) ?? query.public;
  return {
    principal,
    isPublic,
    ownerName: query.owner === '' ? undefined : query.owner,
    names,
    nameContains: part ?? query.name,
  };
}

/**
 * `sort=name,-creation_time`.
 * @throws ProductError BAD_REQUEST for a key that projects are not sorted by.
 */
export function readProjectOrder(sort: string | undefined): readonly ProjectOrder[] | undefined {
  return readSort(sort, PROJECT_SORT_KEYS);
}

function readPublic(condition: QueryCondition | undefined): boolean | undefined {
  if (condition === undefined) return undefined;
  const value = condition.kind === 'exact' ? condition.value.toLowerCase() : '';
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new ProductError('BAD_REQUEST', 'public is compared with true or false');
}
