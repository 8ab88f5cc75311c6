import { file, ok, operation } from '../openapi/operation.ts';
import { GeneralInfo, SystemInfo } from './system-info-models.ts';

export const getSystemInfo = operation({
  id: 'getSystemInfo',
  tag: 'systeminfo',
  method: 'GET',
  path: '/systeminfo',
  summary: 'What the registry says of itself: more of it to who is signed in.',
  access: 'any (more fields when signed in)',
  success: ok(GeneralInfo),
  errors: [500],
});

export const getVolumes = operation({
  id: 'getVolumes',
  tag: 'systeminfo',
  method: 'GET',
  path: '/systeminfo/volumes',
  summary: 'How much the storage of the blobs holds, and how much of it is free; nothing where it has no end.',
  access: 'S system-volumes:read',
  success: ok(SystemInfo),
  errors: [401, 403, 404, 500],
});

export const getCert = operation({
  id: 'getCert',
  tag: 'systeminfo',
  method: 'GET',
  path: '/systeminfo/getcert',
  summary: 'The certificate that clients have to trust, where the registry has an authority of its own.',
  access: 'any',
  success: file('application/octet-stream'),
  errors: [404, 500],
});
