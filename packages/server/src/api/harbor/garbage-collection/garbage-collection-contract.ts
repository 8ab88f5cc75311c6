import { created, ok, operation, pageOf, text } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, SORT } from '../openapi/parameters.ts';
import { Int64 } from '../openapi/schemas.ts';
import { Schedule } from '../openapi/shared-models.ts';
import { GCHistory } from './garbage-collection-models.ts';

export const getGCHistory = operation({
  id: 'getGCHistory',
  tag: 'gc',
  method: 'GET',
  path: '/system/gc',
  summary: 'Lists the runs of the collector that somebody or the schedule asked for.',
  access: 'S garbage-collection:list',
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(GCHistory),
  errors: [401, 403, 500],
});

export const getGC = operation({
  id: 'getGC',
  tag: 'gc',
  method: 'GET',
  path: '/system/gc/{gc_id}',
  summary: 'Tells of one run of the collector.',
  access: 'S garbage-collection:read',
  params: { gc_id: Int64 },
  success: ok(GCHistory),
  errors: [401, 403, 404, 500],
});

export const stopGC = operation({
  id: 'stopGC',
  tag: 'gc',
  method: 'PUT',
  path: '/system/gc/{gc_id}',
  summary: 'Stops a run of the collector.',
  access: 'S garbage-collection:stop',
  params: { gc_id: Int64 },
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const getGCLog = operation({
  id: 'getGCLog',
  tag: 'gc',
  method: 'GET',
  path: '/system/gc/{gc_id}/log',
  summary: 'Tells what a run of the collector wrote down.',
  access: 'S garbage-collection:read',
  params: { gc_id: Int64 },
  success: text(),
  errors: [400, 401, 403, 404, 500],
});

export const getGCSchedule = operation({
  id: 'getGCSchedule',
  tag: 'gc',
  method: 'GET',
  path: '/system/gc/schedule',
  summary: 'Tells at which times the collector runs.',
  access: 'S garbage-collection:read',
  success: ok(GCHistory),
  errors: [401, 403, 500],
});

export const createGCSchedule = operation({
  id: 'createGCSchedule',
  tag: 'gc',
  method: 'POST',
  path: '/system/gc/schedule',
  summary: 'Sets the times at which the collector runs, or runs it now.',
  access: 'S garbage-collection:create',
  body: Schedule,
  success: created(),
  errors: [400, 401, 403, 409, 500],
});

export const updateGCSchedule = operation({
  id: 'updateGCSchedule',
  tag: 'gc',
  method: 'PUT',
  path: '/system/gc/schedule',
  summary: 'Sets other times at which the collector runs, or none.',
  access: 'S garbage-collection:update',
  body: Schedule,
  success: ok(),
  errors: [400, 401, 403, 500],
});
