import { accepted, created, ok, operation } from '../openapi/operation.ts';
import { Schedule } from '../openapi/shared-models.ts';
import { Stats } from './scan-all-models.ts';

export const getLatestScanAllMetrics = operation({
  id: 'getLatestScanAllMetrics',
  tag: 'scanAll',
  method: 'GET',
  path: '/scans/all/metrics',
  summary: 'Progress of last scan-all',
  access: 'S scan-all:read (412 if no default scanner)',
  success: ok(Stats),
  errors: [401, 403, 412, 500],
});

export const getLatestScheduledScanAllMetrics = operation({
  id: 'getLatestScheduledScanAllMetrics',
  tag: 'scanAll',
  method: 'GET',
  path: '/scans/schedule/metrics',
  summary: 'Progress of last scheduled (deprecated)',
  access: 'S scan-all:read (412 if no default scanner)',
  success: ok(Stats),
  errors: [401, 403, 412, 500],
});

export const getScanAllSchedule = operation({
  id: 'getScanAllSchedule',
  tag: 'scanAll',
  method: 'GET',
  path: '/system/scanAll/schedule',
  summary: 'Schedule',
  access: 'S scan-all:read (412 if no default scanner)',
  success: ok(Schedule),
  errors: [401, 403, 412, 500],
});

export const updateScanAllSchedule = operation({
  id: 'updateScanAllSchedule',
  tag: 'scanAll',
  method: 'PUT',
  path: '/system/scanAll/schedule',
  summary: 'Change schedule',
  access: 'S scan-all:update (412 if no default scanner)',
  body: Schedule,
  success: ok(),
  errors: [400, 401, 403, 412, 500],
});

export const createScanAllSchedule = operation({
  id: 'createScanAllSchedule',
  tag: 'scanAll',
  method: 'POST',
  path: '/system/scanAll/schedule',
  summary: 'Create schedule or Manual run',
  access: 'S scan-all:create (412 if no default scanner)',
  body: Schedule,
  success: created(),
  errors: [400, 401, 403, 409, 412, 500],
});

export const stopScanAll = operation({
  id: 'stopScanAll',
  tag: 'scanAll',
  method: 'POST',
  path: '/system/scanAll/stop',
  summary: 'Stop',
  access: 'S scan-all:stop (412 if no default scanner)',
  success: accepted(),
  errors: [400, 401, 403, 500],
});
