import { ok, operation, pageOf } from '../openapi/operation.ts';
import { PAGE, PAGE_SIZE } from '../openapi/parameters.ts';
import { Text } from '../openapi/schemas.ts';
import { SchedulerStatus, ScheduleTask } from './schedules-models.ts';

export const listSchedules = operation({
  id: 'listSchedules',
  tag: 'schedule',
  method: 'GET',
  path: '/schedules',
  summary: 'Lists what is done at set times.',
  access: 'S jobservice-monitor:list',
  query: { page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(ScheduleTask),
  errors: [401, 403, 404, 500],
});

export const getSchedulePaused = operation({
  id: 'getSchedulePaused',
  tag: 'schedule',
  method: 'GET',
  path: '/schedules/{job_type}/paused',
  summary: 'Tells whether what is done at set times rests.',
  access: 'A',
  params: { job_type: Text },
  success: ok(SchedulerStatus),
  errors: [401, 403, 404, 500],
});
