import { ok, operation, pageOf } from '../openapi/operation.ts';
import { PAGE, PAGE_SIZE } from '../openapi/parameters.ts';
import { Integer, optional, Text } from '../openapi/schemas.ts';
import { Quota, QuotaUpdateReq } from './quotas-models.ts';

export const listQuotas = operation({
  id: 'listQuotas',
  tag: 'quota',
  method: 'GET',
  path: '/quotas',
  summary: 'Lists how much each project holds, and how much it may hold.',
  access: 'S quota:list',
  query: {
    page: PAGE,
    page_size: PAGE_SIZE,
    reference: optional(Text),
    reference_id: optional(Text),
    sort: optional(Text),
  },
  success: pageOf(Quota),
  errors: [401, 403, 500],
});

export const getQuota = operation({
  id: 'getQuota',
  tag: 'quota',
  method: 'GET',
  path: '/quotas/{id}',
  summary: 'Tells how much one project holds, and how much it may hold.',
  access: 'S quota:read',
  params: { id: Integer },
  success: ok(Quota),
  errors: [401, 403, 404, 500],
});

export const updateQuota = operation({
  id: 'updateQuota',
  tag: 'quota',
  method: 'PUT',
  path: '/quotas/{id}',
  summary: 'Sets how many bytes a project may hold; -1 stands for as many as it likes.',
  access: 'S quota:update',
  params: { id: Integer },
  body: QuotaUpdateReq,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});
