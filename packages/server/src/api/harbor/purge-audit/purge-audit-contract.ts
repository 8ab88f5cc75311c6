import { created, ok, operation, pageOf, text } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, SORT } from '../openapi/parameters.ts';
import { Int64 } from '../openapi/schemas.ts';
import { Schedule } from '../openapi/shared-models.ts';
import { ExecHistory } from './purge-audit-models.ts';

export const getPurgeHistory = operation({
  id: 'getPurgeHistory',
  tag: 'purge',
  method: 'GET',
  path: '/system/purgeaudit',
  summary: 'Lists the purges of the audit log.',
  access: 'S purge-audit:list',
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(ExecHistory),
  errors: [401, 403, 500],
});

export const getPurgeJob = operation({
  id: 'getPurgeJob',
  tag: 'purge',
  method: 'GET',
  path: '/system/purgeaudit/{purge_id}',
  summary: 'Tells of one purge of the audit log.',
  access: 'S purge-audit:read',
  params: { purge_id: Int64 },
  success: ok(ExecHistory),
  errors: [401, 403, 404, 500],
});

export const stopPurge = operation({
  id: 'stopPurge',
  tag: 'purge',
  method: 'PUT',
  path: '/system/purgeaudit/{purge_id}',
  summary: 'Stops a purge of the audit log.',
  access: 'S purge-audit:stop',
  params: { purge_id: Int64 },
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const getPurgeJobLog = operation({
  id: 'getPurgeJobLog',
  tag: 'purge',
  method: 'GET',
  path: '/system/purgeaudit/{purge_id}/log',
  summary: 'Tells what a purge of the audit log wrote down.',
  access: 'S purge-audit:read',
  params: { purge_id: Int64 },
  success: text(),
  errors: [400, 401, 403, 404, 500],
});

export const getPurgeSchedule = operation({
  id: 'getPurgeSchedule',
  tag: 'purge',
  method: 'GET',
  path: '/system/purgeaudit/schedule',
  summary: 'Tells at which times the audit log is to be purged.',
  access: 'S purge-audit:read',
  success: ok(ExecHistory),
  errors: [401, 403, 500],
});

export const createPurgeSchedule = operation({
  id: 'createPurgeSchedule',
  tag: 'purge',
  method: 'POST',
  path: '/system/purgeaudit/schedule',
  summary: 'Sets the times at which the audit log is to be purged; a purge now answers 412 as long as there is none.',
  access: 'S purge-audit:create',
  body: Schedule,
  success: created(),
  errors: [400, 401, 403, 500],
});

export const updatePurgeSchedule = operation({
  id: 'updatePurgeSchedule',
  tag: 'purge',
  method: 'PUT',
  path: '/system/purgeaudit/schedule',
  summary: 'Sets other times at which the audit log is to be purged, or none.',
  access: 'S purge-audit:update',
  body: Schedule,
  success: ok(),
  errors: [400, 401, 403, 500],
});
