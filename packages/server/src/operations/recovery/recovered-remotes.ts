import type { RecoveredTable } from './recovered-tables.ts';

/** Registries elsewhere, and what is copied to and from them. */
export const RECOVERED_REMOTES: readonly RecoveredTable[] = [
  {
    name: 'remote_registries',
    key: ['id'],
    // The secret is sealed in the database already.
    columns: [
      'name',
      'kind',
      'url',
      'description',
      'access_key',
      'secret_id',
      'access_secret',
      'is_insecure',
      'ca_certificate',
      'version',
      'created_at',
      'updated_at',
    ],
    hasIds: true,
  },
  {
    name: 'replication_policies',
    key: ['id'],
    columns: [
      'name',
      'description',
      'src_registry_id',
      'dest_registry_id',
      'is_enabled',
      'settings',
      'created_at',
      'updated_at',
    ],
    hasIds: true,
  },
];
