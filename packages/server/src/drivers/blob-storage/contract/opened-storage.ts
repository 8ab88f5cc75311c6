import type { BlobStorage } from '../blob-storage.ts';

/** A storage that a driver's test opened for one test of the contract. */
export interface OpenedStorage {
  readonly storage: BlobStorage;
  /** Opens the same medium as a new process would: nothing in memory is shared with the storage before. */
  reopen(): Promise<BlobStorage>;
  /** Removes the medium. */
  cleanup(): Promise<void>;
}

/** What a driver's test can do behind the driver's back. */
export interface BlobStorageCapabilities<T extends OpenedStorage> {
  /** Cuts an object on the medium to `sizeBytes`. */
  readonly truncateObject?: (opened: T, key: string, sizeBytes: number) => Promise<void>;
  /** Counts the files of the storage that this process has open. */
  readonly countOpenFiles?: (opened: T) => Promise<number>;
  /** The bytes of an upload that lie on the medium now, acknowledged or not. */
  readonly countUploadBytes?: (opened: T, uploadId: string) => Promise<number>;
  /** The bytes of an object in quarantine. */
  readonly findQuarantined?: (opened: T, key: string) => Promise<Uint8Array | undefined>;
  /** The driver says where its objects lie. */
  readonly locates?: true;
  /** Lists what lies beside the storage's root, where nothing should be written. */
  readonly listOutside?: (opened: T) => Promise<readonly string[]>;
}

/** The storage of the running test. */
export interface CurrentStorage<T extends OpenedStorage = OpenedStorage> {
  readonly opened: T;
  readonly storage: BlobStorage;
  /** From here on `storage` is a new one over the same medium. */
  reopen(): Promise<void>;
}
