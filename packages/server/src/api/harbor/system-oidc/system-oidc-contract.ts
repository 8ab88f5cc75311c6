import { ok, operation } from '../openapi/operation.ts';
import { Flag, record, Text } from '../openapi/schemas.ts';

export const pingOIDC = operation({
  id: 'pingOIDC',
  tag: 'oidc',
  method: 'POST',
  path: '/system/oidc/ping',
  summary: 'Asks whether there is an OpenID Connect provider at an address.',
  access: 'S configuration:update',
  body: record({ url: Text, verify_cert: Flag }),
  success: ok(),
  errors: [400, 401, 403],
});
