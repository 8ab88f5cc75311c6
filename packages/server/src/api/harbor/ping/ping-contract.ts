import { operation, text } from '../openapi/operation.ts';

export const getPing = operation({
  id: 'getPing',
  tag: 'ping',
  method: 'GET',
  path: '/ping',
  summary: 'Answers `Pong`.',
  access: 'any',
  success: text(),
  errors: [],
});
