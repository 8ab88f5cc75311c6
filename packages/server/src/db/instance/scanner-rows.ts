import type { Generated } from 'kysely';

/** A scanner elsewhere, which is reached by its adapter. */
export interface ScannerRow {
  id: Generated<number>;
  /** By which clients name it. */
  uuid: string;
  name: string;
  /** Of the adapter, as it was given. */
  url: string;
  description: string;
  /** Empty: nobody signs in there. */
  auth: string;
  /** Sealed. */
  access_credential: Buffer | null;
  is_insecure: number;
  uses_internal_address: number;
  is_disabled: number;
  /** Rises with each change. */
  version: number;
  created_at: number;
  updated_at: number;
}

/** The scanner that a project has chosen. */
export interface ProjectScannerRow {
  project_id: number;
  scanner_id: number;
  updated_at: number;
}

export interface ScannerSchema {
  scanners: ScannerRow;
  project_scanners: ProjectScannerRow;
}
