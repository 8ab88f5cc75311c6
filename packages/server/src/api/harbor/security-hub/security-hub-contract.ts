import Type from 'typebox';
import { ok, operation, pageOf } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE } from '../openapi/parameters.ts';
import { optional } from '../openapi/schemas.ts';
import { SecuritySummary, VulnerabilityItem } from './security-hub-models.ts';

export const getSecuritySummary = operation({
  id: 'getSecuritySummary',
  tag: 'securityhub',
  method: 'GET',
  path: '/security/summary',
  summary: 'Security hub totals',
  access: 'S security-hub:read',
  query: {
    with_dangerous_cve: optional(Type.Boolean({ default: false })),
    with_dangerous_artifact: optional(Type.Boolean({ default: false })),
  },
  success: ok(SecuritySummary),
  errors: [401, 403, 404, 500],
});

export const listVulnerabilities = operation({
  id: 'ListVulnerabilities',
  tag: 'securityhub',
  method: 'GET',
  path: '/security/vul',
  summary: 'Search CVEs across registry',
  access: 'S security-hub:list',
  query: {
    q: FILTER,
    page: PAGE,
    page_size: PAGE_SIZE,
    tune_count: optional(Type.Boolean({ default: false })),
    with_tag: optional(Type.Boolean({ default: false })),
  },
  success: pageOf(VulnerabilityItem),
  errors: [400, 401, 500],
});
