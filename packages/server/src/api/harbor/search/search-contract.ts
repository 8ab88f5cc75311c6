import { ok, operation } from '../openapi/operation.ts';
import { Text } from '../openapi/schemas.ts';
import { Search } from './search-models.ts';

export const search = operation({
  id: 'search',
  tag: 'search',
  method: 'GET',
  path: '/search',
  summary: 'Global search of projects + repositories',
  access: 'any (private results only to members)',
  query: { q: Text },
  success: ok(Search),
  errors: [500],
});
