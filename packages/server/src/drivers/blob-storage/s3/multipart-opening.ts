import type { MultipartRef, S3Bucket } from './s3-bucket.ts';
import type { S3Names } from './s3-names.ts';
import type { Multipart } from './s3-upload-state.ts';

/** The multipart upload of one append: the one that there is, or one that is begun when the first part is full. */
export class MultipartOpening {
  readonly #bucket: S3Bucket;
  readonly #names: S3Names;
  readonly #newKey: () => string;
  readonly #isNew: boolean;
  #multipart: Multipart | undefined;
  #opening: Promise<Multipart> | undefined;

  /** @param newKey the storage key of what it becomes, where it has to be begun */
  constructor(deps: { readonly bucket: S3Bucket; readonly names: S3Names }, newKey: () => string, known?: Multipart) {
    this.#bucket = deps.bucket;
    this.#names = deps.names;
    this.#newKey = newKey;
    this.#isNew = known === undefined;
    this.#multipart = known;
  }

  /** Undefined while no part was full. */
  get multipart(): Multipart | undefined {
    return this.#multipart;
  }

  async open(signal: AbortSignal): Promise<MultipartRef> {
    if (this.#multipart === undefined) {
      this.#opening ??= this.#create(signal);
      this.#multipart = await this.#opening;
    }
    return toRef(this.#multipart, this.#names);
  }

  /** Ends what this append has begun. Where that fails it is an orphan, and does not hide why the append failed. */
  async abandon(): Promise<void> {
    if (!this.#isNew || this.#multipart === undefined) return;
    await this.#bucket.abortMultipart(toRef(this.#multipart, this.#names)).catch(() => undefined);
  }

  async #create(signal: AbortSignal): Promise<Multipart> {
    const key = this.#newKey();
    return { key, id: await this.#bucket.createMultipart(this.#names.object(key), signal) };
  }
}

export function toRef({ id, key }: Multipart, names: S3Names): MultipartRef {
  return { id, name: names.object(key) };
}
