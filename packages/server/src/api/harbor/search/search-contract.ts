import { ok, operation } from '../openapi/operation.ts';
import { Text } from '../openapi/schemas.ts';
import { Search } from './search-models.ts';

export const search = operation({
  id: 'search',
  tag: 'search',
  method: 'GET',
  path: '/search',
  summary: 'Finds the projects and repositories that the caller may see by a part of their names.',
  access: 'any (private results only to members)',
  query: { q: Text },
  success: ok(Search),
  errors: [500],
});
