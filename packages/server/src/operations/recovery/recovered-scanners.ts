import type { RecoveredTable } from './recovered-tables.ts';

/** Scanners elsewhere, and which of them projects have chosen. */
export const RECOVERED_SCANNERS: readonly RecoveredTable[] = [
  {
    name: 'scanners',
    key: ['id'],
    // The credential is sealed in the database already.
    columns: [
      'uuid',
      'name',
      'url',
      'description',
      'auth',
      'access_credential',
      'is_insecure',
      'uses_internal_address',
      'is_disabled',
      'version',
      'created_at',
      'updated_at',
    ],
    hasIds: true,
  },
  {
    name: 'project_scanners',
    key: ['project_id'],
    columns: ['scanner_id', 'updated_at'],
    hasIds: false,
  },
];
