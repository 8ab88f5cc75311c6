import type { RecoveredTable } from './recovered-tables.ts';

/** What projects allow and forbid. */
export const RECOVERED_POLICIES: readonly RecoveredTable[] = [
  {
    name: 'immutable_rules',
    key: ['id'],
    columns: ['project_id', 'priority', 'is_disabled', 'selectors', 'fingerprint', 'created_at', 'updated_at'],
    hasIds: true,
  },
  {
    name: 'project_quotas',
    key: ['project_id'],
    columns: ['storage_bytes', 'created_at', 'updated_at'],
    hasIds: false,
  },
  {
    name: 'retention_policies',
    key: ['id'],
    columns: ['project_id', 'settings', 'created_at', 'updated_at'],
    hasIds: true,
  },
  {
    name: 'webhook_policies',
    key: ['id'],
    // The headers are sealed in the database already.
    columns: [
      'project_id',
      'name',
      'description',
      'targets',
      'event_types',
      'is_enabled',
      'creator',
      'secret_id',
      'auth_headers',
      'version',
      'created_at',
      'updated_at',
    ],
    hasIds: true,
  },
];
