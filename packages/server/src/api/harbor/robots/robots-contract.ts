import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, SORT } from '../openapi/parameters.ts';
import { Integer } from '../openapi/schemas.ts';
import { Robot, RobotCreate, RobotCreated, RobotSec } from './robots-models.ts';

export const listRobot = operation({
  id: 'ListRobot',
  tag: 'robot',
  method: 'GET',
  path: '/robots',
  summary: 'Robots (q=Level=..,ProjectID=..)',
  access: 'S or P robot:list',
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(Robot),
  errors: [400, 404, 500],
});

export const createRobot = operation({
  id: 'CreateRobot',
  tag: 'robot',
  method: 'POST',
  path: '/robots',
  summary: 'Create; secret returned once',
  access: 'system: S robot:create / project: P robot:create',
  body: RobotCreate,
  success: created(RobotCreated),
  errors: [400, 401, 403, 404, 500],
});

export const getRobotByID = operation({
  id: 'GetRobotByID',
  tag: 'robot',
  method: 'GET',
  path: '/robots/{robot_id}',
  summary: 'One',
  access: 'S or P robot:read',
  params: { robot_id: Integer },
  success: ok(Robot),
  errors: [401, 403, 404, 500],
});

export const updateRobot = operation({
  id: 'UpdateRobot',
  tag: 'robot',
  method: 'PUT',
  path: '/robots/{robot_id}',
  summary: 'Update permissions/disable/duration',
  access: 'S or P robot:update',
  params: { robot_id: Integer },
  body: Robot,
  success: ok(),
  errors: [400, 401, 403, 404, 409, 500],
});

export const refreshSec = operation({
  id: 'RefreshSec',
  tag: 'robot',
  method: 'PATCH',
  path: '/robots/{robot_id}',
  summary: 'Rotate or set secret',
  access: 'S or P robot:update',
  params: { robot_id: Integer },
  body: RobotSec,
  success: ok(RobotSec),
  errors: [400, 401, 403, 404, 500],
});

export const deleteRobot = operation({
  id: 'DeleteRobot',
  tag: 'robot',
  method: 'DELETE',
  path: '/robots/{robot_id}',
  summary: 'Delete',
  access: 'S or P robot:delete',
  params: { robot_id: Integer },
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});
