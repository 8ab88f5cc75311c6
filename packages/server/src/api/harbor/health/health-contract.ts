import { ok, operation } from '../openapi/operation.ts';
import { OverallHealthStatus } from './health-models.ts';

export const getHealth = operation({
  id: 'getHealth',
  tag: 'health',
  method: 'GET',
  path: '/health',
  summary: 'Component health',
  access: 'any',
  success: ok(OverallHealthStatus),
  errors: [500],
});
