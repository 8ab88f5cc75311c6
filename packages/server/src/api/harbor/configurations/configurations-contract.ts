import { ok, operation } from '../openapi/operation.ts';
import { Configurations, ConfigurationsResponse, InternalConfigurationsResponse } from './configurations-models.ts';

export const getInternalconfig = operation({
  id: 'getInternalconfig',
  tag: 'configure',
  method: 'GET',
  path: '/internalconfig',
  summary: 'Settings for parts of Harbor: refused to everybody, since there are no such parts here.',
  access: 'internal',
  success: ok(InternalConfigurationsResponse),
  errors: [401, 403, 500],
});

export const getConfigurations = operation({
  id: 'getConfigurations',
  tag: 'configure',
  method: 'GET',
  path: '/configurations',
  summary: 'The configuration of the registry: each key with its value, and whether it can be changed.',
  access: 'S configuration:read',
  success: ok(ConfigurationsResponse),
  errors: [401, 403, 500],
});

export const updateConfigurations = operation({
  id: 'updateConfigurations',
  tag: 'configure',
  method: 'PUT',
  path: '/configurations',
  summary: 'Changes keys of the configuration: all of them, or none when one is wrong.',
  access: 'S configuration:update',
  body: Configurations,
  success: ok(),
  errors: [401, 403, 500],
});
