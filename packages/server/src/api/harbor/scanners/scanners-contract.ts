import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, SORT } from '../openapi/parameters.ts';
import { Text } from '../openapi/schemas.ts';
import { ScannerRegistration } from '../openapi/shared-models.ts';
import {
  IsDefault,
  ScannerAdapterMetadata,
  ScannerRegistrationReq,
  ScannerRegistrationSettings,
} from './scanners-models.ts';

export const listScanners = operation({
  id: 'listScanners',
  tag: 'scanner',
  method: 'GET',
  path: '/scanners',
  summary: 'Registrations',
  access: 'S scanner:list',
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(ScannerRegistration),
  errors: [400, 401, 403, 500],
});

export const createScanner = operation({
  id: 'createScanner',
  tag: 'scanner',
  method: 'POST',
  path: '/scanners',
  summary: 'Register',
  access: 'S scanner:create',
  body: ScannerRegistrationReq,
  success: created(),
  errors: [400, 401, 403, 500],
});

export const pingScanner = operation({
  id: 'pingScanner',
  tag: 'scanner',
  method: 'POST',
  path: '/scanners/ping',
  summary: 'Test',
  access: 'S scanner:read',
  body: ScannerRegistrationSettings,
  success: ok(),
  errors: [400, 401, 403, 500],
});

export const getScanner = operation({
  id: 'getScanner',
  tag: 'scanner',
  method: 'GET',
  path: '/scanners/{registration_id}',
  summary: 'One',
  access: 'S scanner:read',
  params: { registration_id: Text },
  success: ok(ScannerRegistration),
  errors: [401, 403, 404, 500],
});

export const updateScanner = operation({
  id: 'updateScanner',
  tag: 'scanner',
  method: 'PUT',
  path: '/scanners/{registration_id}',
  summary: 'Update',
  access: 'S scanner:update',
  params: { registration_id: Text },
  body: ScannerRegistrationReq,
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const deleteScanner = operation({
  id: 'deleteScanner',
  tag: 'scanner',
  method: 'DELETE',
  path: '/scanners/{registration_id}',
  summary: 'Delete',
  access: 'S scanner:delete',
  params: { registration_id: Text },
  success: ok(ScannerRegistration),
  errors: [401, 403, 404, 500],
});

export const setScannerAsDefault = operation({
  id: 'setScannerAsDefault',
  tag: 'scanner',
  method: 'PATCH',
  path: '/scanners/{registration_id}',
  summary: '{is_default:true}',
  access: 'S scanner:update',
  params: { registration_id: Text },
  body: IsDefault,
  success: ok(),
  errors: [401, 403, 500],
});

export const getScannerMetadata = operation({
  id: 'getScannerMetadata',
  tag: 'scanner',
  method: 'GET',
  path: '/scanners/{registration_id}/metadata',
  summary: 'Adapter metadata passthrough',
  access: 'S scanner:read',
  params: { registration_id: Text },
  success: ok(ScannerAdapterMetadata),
  errors: [401, 403, 500],
});
