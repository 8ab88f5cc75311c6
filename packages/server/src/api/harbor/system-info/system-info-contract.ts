import { file, ok, operation } from '../openapi/operation.ts';
import { GeneralInfo, SystemInfo } from './system-info-models.ts';

export const getSystemInfo = operation({
  id: 'getSystemInfo',
  tag: 'systeminfo',
  method: 'GET',
  path: '/systeminfo',
  summary: 'System info',
  access: 'any (more fields when signed in)',
  success: ok(GeneralInfo),
  errors: [500],
});

export const getVolumes = operation({
  id: 'getVolumes',
  tag: 'systeminfo',
  method: 'GET',
  path: '/systeminfo/volumes',
  summary: 'Storage total/free',
  access: 'S system-volumes:read',
  success: ok(SystemInfo),
  errors: [401, 403, 404, 500],
});

export const getCert = operation({
  id: 'getCert',
  tag: 'systeminfo',
  method: 'GET',
  path: '/systeminfo/getcert',
  summary: 'Download CA root cert',
  access: 'any',
  success: file('application/octet-stream'),
  errors: [404, 500],
});
