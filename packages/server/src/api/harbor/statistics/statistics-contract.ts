import { ok, operation } from '../openapi/operation.ts';
import { Statistic } from './statistics-models.ts';

export const getStatistic = operation({
  id: 'getStatistic',
  tag: 'statistic',
  method: 'GET',
  path: '/statistics',
  summary: 'Tells how many projects and repositories the caller may see; administrators also get totals and bytes.',
  access: 'A',
  success: ok(Statistic),
  errors: [401, 500],
});
