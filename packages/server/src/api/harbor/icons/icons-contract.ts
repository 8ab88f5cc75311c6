import { ok, operation } from '../openapi/operation.ts';
import { DIGEST } from '../openapi/parameters.ts';
import { Icon } from './icons-models.ts';

export const getIcon = operation({
  id: 'getIcon',
  tag: 'icon',
  method: 'GET',
  path: '/icons/{digest}',
  summary: 'Shows the picture that stands for a type of artifact, in base64.',
  access: 'any',
  params: { digest: DIGEST },
  success: ok(Icon),
  errors: [400, 404, 500],
});
