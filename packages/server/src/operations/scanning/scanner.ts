import type { Selectable } from 'kysely';
import type { ScannerRow } from '../../db/instance/scanner-rows.ts';
import { ProductError } from '../../kernel/errors.ts';

/** How the adapter of a scanner is signed in to; empty: not at all. */
export const SCANNER_AUTHS = ['', 'Basic', 'Bearer', 'X-ScannerAdapter-API-Key'] as const;
export type ScannerAuth = (typeof SCANNER_AUTHS)[number];

/** What is set of a scanner, without its credential. */
export interface ScannerSettings {
  readonly name: string;
  readonly description: string;
  /** Of its adapter, as it was given. */
  readonly url: string;
  readonly auth: ScannerAuth;
  /** Certificates are not checked. */
  readonly isInsecure: boolean;
  /** It pulls from the address that the registry has inside, rather than from its public one. */
  readonly usesInternalAddress: boolean;
  readonly isDisabled: boolean;
}

/** A scanner elsewhere. Instants are milliseconds UTC. */
export interface Scanner extends ScannerSettings {
  readonly id: number;
  readonly uuid: string;
  readonly hasCredential: boolean;
  /** For projects that have chosen none. */
  readonly isDefault: boolean;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A row, and whether it is the default one. */
export type ShownScannerRow = Selectable<ScannerRow> & { readonly is_default: number };

export function toScannerSettings(row: Selectable<ScannerRow>): ScannerSettings {
  return {
    name: row.name,
    description: row.description,
    url: row.url,
    auth: row.auth as ScannerAuth,
    isInsecure: row.is_insecure !== 0,
    usesInternalAddress: row.uses_internal_address !== 0,
    isDisabled: row.is_disabled !== 0,
  };
}

export function toScanner(row: ShownScannerRow): Scanner {
  return {
    ...toScannerSettings(row),
    id: row.id,
    uuid: row.uuid,
    hasCredential: row.access_credential !== null,
    isDefault: Number(row.is_default) !== 0,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The row of the settings that has the uuid of the default scanner. */
export const DEFAULT_SCANNER_SETTING = 'default_scanner';

/** Where the credential of a scanner lies sealed. */
export function placeOfScannerCredential(uuid: string): string {
  return `scanners|${uuid}|access_credential`;
}

/** The same for every text, so that nothing of a request is said again. */
export function noSuchScanner(): ProductError {
  return new ProductError('NOT_FOUND', 'there is no such scanner registration');
}
