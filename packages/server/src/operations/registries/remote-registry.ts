import type { Selectable } from 'kysely';
import type { RemoteRegistryRow } from '../../db/instance/remote-rows.ts';
import { ProductError } from '../../kernel/errors.ts';

export type RegistryStatus = 'healthy' | 'unhealthy';

/** What is set of a registry elsewhere, without its secret. */
export interface RegistrySettings {
  readonly name: string;
  /** One of `REGISTRY_KINDS`. */
  readonly kind: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly description: string;
  /** Empty: nobody signs in there. */
  readonly accessKey: string;
  /** Certificates are not checked. */
  readonly isInsecure: boolean;
  /** PEM; empty: the usual authorities. */
  readonly caCertificate: string;
}

/** A registry elsewhere. Instants are milliseconds UTC. */
export interface RemoteRegistry extends RegistrySettings {
  readonly id: number;
  readonly hasSecret: boolean;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export function toRemoteRegistry(row: Selectable<RemoteRegistryRow>): RemoteRegistry {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    url: row.url,
    description: row.description,
    accessKey: row.access_key,
    hasSecret: row.access_secret !== null,
    isInsecure: row.is_insecure !== 0,
    caCertificate: row.ca_certificate,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Where the secret of a registry lies sealed. */
export function placeOfRegistrySecret(secretId: string): string {
  return `remote_registries|${secretId}|access_secret`;
}

export function noSuchRegistry(id: number): ProductError {
  return new ProductError('NOT_FOUND', `registry ${id} not found`);
}
