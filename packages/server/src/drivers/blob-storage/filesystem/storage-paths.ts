import { hash } from 'node:crypto';
import { join } from 'node:path';

import { assertStorageName } from '../storage-name.ts';

/** Of uploads and objects. Readable by the group, so that a web server in front can send blobs itself. */
export const FILE_MODE = 0o640;

const STARTS_WITH_HASH = /^sha(?:256|512)-([0-9a-f]{2})/;

/**
 * The layout below a storage's root:
 *
 *     uploads/<upload id>            growing, or waiting to be completed
 *     blobs/<fan-out>/<storage key>  complete and durable
 *     quarantine/<storage key>       damaged, and kept for the operator to look at; nothing reads or removes it
 *     records/<record name>          small texts about the instance
 *
 * The fan-out is two hex digits: the first two of the digest when the key begins with one, so that a person can find a
 * blob by its digest; else the first two of the key's SHA-256.
 */
export class StoragePaths {
  readonly uploads: string;
  readonly blobs: string;
  readonly quarantine: string;
  readonly records: string;

  constructor(rootDir: string) {
    this.uploads = join(rootDir, 'uploads');
    this.blobs = join(rootDir, 'blobs');
    this.quarantine = join(rootDir, 'quarantine');
    this.records = join(rootDir, 'records');
  }

  /** @throws TypeError when the id could lead elsewhere */
  upload(uploadId: string): string {
    assertStorageName('upload id', uploadId);
    return `${this.uploads}/${uploadId}`;
  }

  /** @throws TypeError when the key could lead elsewhere */
  object(key: string): string {
    return `${this.objectFolder(key)}/${key}`;
  }

  objectFolder(key: string): string {
    assertStorageName('storage key', key);
    return `${this.blobs}/${fanOutOf(key)}`;
  }

  /** @throws TypeError when the key could lead elsewhere */
  quarantined(key: string): string {
    assertStorageName('storage key', key);
    return `${this.quarantine}/${key}`;
  }

  /** @throws TypeError when the name could lead elsewhere */
  record(name: string): string {
    assertStorageName('record name', name);
    return `${this.records}/${name}`;
  }

  /** All 256, in order. */
  objectFolders(): string[] {
    return Array.from({ length: 256 }, (_, byte) => `${this.blobs}/${byte.toString(16).padStart(2, '0')}`);
  }
}

function fanOutOf(key: string): string {
  return STARTS_WITH_HASH.exec(key)?.[1] ?? hash('sha256', key, 'hex').slice(0, 2);
}
