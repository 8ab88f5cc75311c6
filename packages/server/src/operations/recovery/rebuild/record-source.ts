import type { BlobStorage } from '../../../drivers/blob-storage/blob-storage.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { checksumOf, RecordDamagedError, type RecordHeader, type RecoveryRecord, unpackRecord } from '../record.ts';

export interface ReadRecord extends RecoveryRecord {
  readonly sha256: string;
}

/** A record that lies in the storage, or should, and is of no use. */
export interface BadRecord {
  readonly name: string;
  readonly reason: string;
}

/** Reads records, and remembers those that cannot be used. */
export class RecordSource {
  readonly #storage: Pick<BlobStorage, 'readRecord'>;
  readonly #instanceId: string;
  readonly #bad = new Map<string, BadRecord>();

  constructor(storage: Pick<BlobStorage, 'readRecord'>, instanceId: string) {
    this.#storage = storage;
    this.#instanceId = instanceId;
  }

  get bad(): readonly BadRecord[] {
    return [...this.#bad.values()];
  }

  /**
   * @returns undefined when it is missing or damaged
   * @throws ProductError CONFLICT when a newer version wrote it, or it is another instance's
   */
  async find<Kind extends RecordHeader['kind']>(
    name: string,
    kind: Kind,
  ): Promise<(ReadRecord & { readonly header: Extract<RecordHeader, { kind: Kind }> }) | undefined> {
    const bytes = await this.#storage.readRecord(name);
    if (bytes === undefined) return this.#note(name, 'it is not there');
    try {
      const record = await unpackRecord(name, bytes);
      if (record.header.kind !== kind)
        return this.#note(name, `it is a record of another kind (${record.header.kind})`);
      this.#assertOwn(name, record.header);
      return {
        lines: record.lines,
        header: record.header as Extract<RecordHeader, { kind: Kind }>,
        sha256: checksumOf(bytes),
      };
    } catch (error) {
      if (error instanceof RecordDamagedError) return this.#note(name, error.message);
      throw error;
    }
  }

  #assertOwn(name: string, { instance }: RecordHeader): void {
    if (instance === this.#instanceId) return;
    throw new ProductError(
      'CONFLICT',
      `the record ${name} is of the instance ${instance}, not of ${this.#instanceId}: say --instance ${instance}, or look at ROADSTEAD_BLOBS`,
    );
  }

  #note(name: string, reason: string): undefined {
    this.#bad.set(name, { name, reason });
  }
}
