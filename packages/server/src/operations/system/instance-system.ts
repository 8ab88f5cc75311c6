import type { BlobStorage, StorageCapacity } from '../../drivers/blob-storage/blob-storage.ts';
import type { CheckedComponent, ComponentChecks } from './component-checks.ts';
import { readAuthority } from './read-authority.ts';

/** What an instance says of the system that it runs on. */
export interface InstanceSystem {
  /** `filesystem`, `s3` …: the driver of its blobs. */
  readonly storageKind: string;
  checkComponents(): Promise<readonly CheckedComponent[]>;
  /** undefined: the storage has no end that it could tell */
  measureStorage(): Promise<StorageCapacity | undefined>;
  /** PEM of the certificate that clients have to trust; undefined: none that they do not know. @throws Error */
  readAuthority(): Promise<string | undefined>;
}

export function createInstanceSystem({
  storage,
  checks,
  certFile,
}: {
  readonly storage: Pick<BlobStorage, 'kind' | 'measureCapacity'>;
  readonly checks: ComponentChecks;
  readonly certFile: string | undefined;
}): InstanceSystem {
  return {
    storageKind: storage.kind,
    checkComponents: () => checks.get(),
    measureStorage: async () => storage.measureCapacity?.(),
    readAuthority: () => readAuthority(certFile),
  };
}
