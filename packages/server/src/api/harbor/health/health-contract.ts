import { ok, operation } from '../openapi/operation.ts';
import { OverallHealthStatus } from './health-models.ts';

export const getHealth = operation({
  id: 'getHealth',
  tag: 'health',
  method: 'GET',
  path: '/health',
  summary: 'Whether the parts of the registry answer.',
  access: 'any',
  success: ok(OverallHealthStatus),
  errors: [500],
});
