import { ok, operation } from '../openapi/operation.ts';
import { Permissions } from './permissions-models.ts';

export const getPermissions = operation({
  id: 'getPermissions',
  tag: 'permissions',
  method: 'GET',
  path: '/permissions',
  summary: 'What robots can be given: permissions of the system and of projects.',
  access: 'sysadmin, or project admin (project part)',
  success: ok(Permissions),
  errors: [401, 403, 404, 500],
});
