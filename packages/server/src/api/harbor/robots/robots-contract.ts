import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, SORT } from '../openapi/parameters.ts';
import { Integer } from '../openapi/schemas.ts';
import { Robot, RobotCreate, RobotCreated, RobotSec, RobotSecRequest } from './robots-models.ts';

export const listRobot = operation({
  id: 'ListRobot',
  tag: 'robot',
  method: 'GET',
  path: '/robots',
  summary: 'The robots of the system, or those of a project with `q=Level=project,ProjectID=1`.',
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
  summary: 'Makes a robot, whose secret is shown this once.',
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
  summary: 'One robot, without its secret.',
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
  summary: 'Changes what a robot may do, how long it lives, and whether it is disabled.',
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
  summary: 'Gives a robot another secret, which is shown once, or the one in the body.',
  access: 'S or P robot:update',
  params: { robot_id: Integer },
  body: RobotSecRequest,
  isBodyOptional: true,
  success: ok(RobotSec),
  errors: [400, 401, 403, 404, 500],
});

export const deleteRobot = operation({
  id: 'DeleteRobot',
  tag: 'robot',
  method: 'DELETE',
  path: '/robots/{robot_id}',
  summary: 'Deletes a robot, and ends all that was issued to it.',
  access: 'S or P robot:delete',
  params: { robot_id: Integer },
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});
