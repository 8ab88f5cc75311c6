import type { Generated } from 'kysely';
import type { ScannerSchema } from './scanner-rows.ts';

/** A registry elsewhere, which content is copied to or from. */
export interface RemoteRegistryRow {
  id: Generated<number>;
  name: string;
  /** `harbor`, `docker-registry` … */
  kind: string;
  url: string;
  description: string;
  /** Empty: nobody signs in there. */
  access_key: string;
  /** Names the place of the sealed secret: it is sealed before the row has an id. */
  secret_id: string;
  /** Sealed. */
  access_secret: Buffer | null;
  is_insecure: number;
  /** PEM; empty: the usual authorities. */
  ca_certificate: string;
  /** Rises with each change. */
  version: number;
  created_at: number;
  updated_at: number;
}

/** A rule by which repositories are copied between here and a registry elsewhere. */
export interface ReplicationPolicyRow {
  id: Generated<number>;
  name: string;
  description: string;
  /** Null: this registry. One of the two is. */
  src_registry_id: number | null;
  dest_registry_id: number | null;
  is_enabled: number;
  /** JSON, see `ReplicationSettings`. */
  settings: string;
  created_at: number;
  updated_at: number;
}

export interface RemoteSchema extends ScannerSchema {
  remote_registries: RemoteRegistryRow;
  replication_policies: ReplicationPolicyRow;
}
