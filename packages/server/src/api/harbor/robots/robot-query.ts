import { ROBOT_SORT_KEYS, type RobotOrder } from '../../../identity/robots/robot-store.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { RobotQuery } from '../../../projects/robots/robot-accounts.ts';
import { parseQueryExpression, type QueryCondition } from '../query-expression.ts';
import { readNames } from '../read-names.ts';
import { readSort } from '../read-sort.ts';

const BY_NAME: readonly RobotOrder[] = [{ key: 'name', descending: false }];

/**
 * The filter of `GET /robots`: robots of the system unless `q=Level=project,ProjectID=…` says of which project; `name` is
 * compared as it is stored, without the prefix.
 * @throws ProductError BAD_REQUEST
 */
export function readRobotQuery(text: string | undefined): Pick<RobotQuery, 'projectId' | 'fullNames' | 'nameContains'> {
  const conditions = new Map(
    [...parseQueryExpression(text)].map(([key, condition]) => [key.toLowerCase().replaceAll('_', ''), condition]),
  );
  const level = readExact('Level', conditions.get('level'))?.toLowerCase() ?? 'system';
  const projectId = readExact('ProjectID', conditions.get('projectid'));
  if (level !== 'system' && level !== 'project') throw badRequest('Level is system or project');
  if (level === 'project' && !/^[1-9]\d{0,14}$/.test(projectId ?? '')) {
    throw badRequest('ProjectID says of which project: q=Level=project,ProjectID=1');
  }
  const { names, part } = readNames(conditions.get('name'));
  return {
    projectId: level === 'project' ? Number(projectId) : undefined,
    fullNames: names,
    nameContains: part,
  };
}

/**
 * `sort=name,-creation_time`, by what is shown.
 * @throws ProductError BAD_REQUEST for a key that robots are not sorted by
 */
export function readRobotOrder(sort: string | undefined): readonly RobotOrder[] {
  return readSort(sort, ROBOT_SORT_KEYS) ?? BY_NAME;
}

function readExact(name: string, condition: QueryCondition | undefined): string | undefined {
  if (condition === undefined) return undefined;
  if (condition.kind === 'exact') return condition.value;
  throw badRequest(`${name} is compared with one value`);
}

function badRequest(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
