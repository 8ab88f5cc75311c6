import { ok, operation } from '../openapi/operation.ts';
import { Configurations, ConfigurationsResponse, InternalConfigurationsResponse } from './configurations-models.ts';

export const getInternalconfig = operation({
  id: 'getInternalconfig',
  tag: 'configure',
  method: 'GET',
  path: '/internalconfig',
  summary: 'Full config for internal services',
  access: 'internal',
  success: ok(InternalConfigurationsResponse),
  errors: [401, 403, 500],
});

export const getConfigurations = operation({
  id: 'getConfigurations',
  tag: 'configure',
  method: 'GET',
  path: '/configurations',
  summary: 'Read user-scope config as {value,editable}',
  access: 'S configuration:read',
  success: ok(ConfigurationsResponse),
  errors: [401, 403, 500],
});

export const updateConfigurations = operation({
  id: 'updateConfigurations',
  tag: 'configure',
  method: 'PUT',
  path: '/configurations',
  summary: 'Set config keys',
  access: 'S configuration:update',
  body: Configurations,
  success: ok(),
  errors: [401, 403, 500],
});
