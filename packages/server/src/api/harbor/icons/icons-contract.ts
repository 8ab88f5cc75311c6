import { ok, operation } from '../openapi/operation.ts';
import { DIGEST } from '../openapi/parameters.ts';
import { Icon } from './icons-models.ts';

export const getIcon = operation({
  id: 'getIcon',
  tag: 'icon',
  method: 'GET',
  path: '/icons/{digest}',
  summary: 'Icon {content(base64),content-type} by digest',
  access: 'any',
  params: { digest: DIGEST },
  success: ok(Icon),
  errors: [400, 404, 500],
});
