import { ok, operation } from '../openapi/operation.ts';
import { Statistic } from './statistics-models.ts';

export const getStatistic = operation({
  id: 'getStatistic',
  tag: 'statistic',
  method: 'GET',
  path: '/statistics',
  summary: 'Counts of projects/repos (private, public, total) and storage',
  access: 'A',
  success: ok(Statistic),
  errors: [401, 500],
});
