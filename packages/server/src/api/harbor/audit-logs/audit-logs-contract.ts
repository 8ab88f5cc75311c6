import Type from 'typebox';
import { ok, operation, pageOf } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, SORT } from '../openapi/parameters.ts';
import { AuditLog, AuditLogExt } from '../openapi/shared-models.ts';
import { AuditLogEventType } from './audit-logs-models.ts';

export const listAuditLogs = operation({
  id: 'listAuditLogs',
  tag: 'auditlog',
  method: 'GET',
  path: '/audit-logs',
  summary:
    'Lists what was done to content, projects and robots: everything for administrators, else in the projects whose log the caller may read.',
  access: 'A (admin: all; else projects with log:list)',
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(AuditLog),
  errors: [400, 401, 500],
});

export const listAuditLogExts = operation({
  id: 'listAuditLogExts',
  tag: 'auditlog',
  method: 'GET',
  path: '/auditlog-exts',
  summary: 'Lists everything that was done or tried, with its result, as far as the caller may read it.',
  access: 'A (admin: all; else projects with log:list)',
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(AuditLogExt),
  errors: [400, 401, 500],
});

export const listAuditLogEventTypes = operation({
  id: 'listAuditLogEventTypes',
  tag: 'auditlog',
  method: 'GET',
  path: '/auditlog-exts/events',
  summary: 'Lists the types of events that have a name of their own.',
  access: 'S audit-log:list',
  success: ok(Type.Array(AuditLogEventType)),
  errors: [401],
});
