import { assertStorageName, isStorageName } from '../storage-name.ts';

/**
 * What the objects of one storage are called in its bucket, below its prefix:
 * `blobs/<storage key>`, `uploads/<upload id>/<tail>`, `quarantine/<storage key>`, `records/<record name>`,
 * `health/<one look>`.
 */
export class S3Names {
  /** Ends with a slash, unless it is the whole bucket. */
  readonly prefix: string;

  /** @param prefix without a slash at its ends; empty for the whole bucket */
  constructor(prefix: string) {
    this.prefix = prefix === '' ? '' : `${prefix}/`;
  }

  get objectsPrefix(): string {
    return `${this.prefix}blobs/`;
  }

  get tailsPrefix(): string {
    return `${this.prefix}uploads/`;
  }

  /** @throws TypeError when it is no storage key */
  object(key: string): string {
    assertStorageName('storage key', key);
    return `${this.objectsPrefix}${key}`;
  }

  /** The storage key of an object; undefined for what is none of this driver's. */
  findKey(name: string): string | undefined {
    const key = name.slice(this.objectsPrefix.length);
    return isStorageName('storage key', key) ? key : undefined;
  }

  quarantined(key: string): string {
    assertStorageName('storage key', key);
    return `${this.prefix}quarantine/${key}`;
  }

  tails(uploadId: string): string {
    assertStorageName('upload id', uploadId);
    return `${this.tailsPrefix}${uploadId}/`;
  }

  /** The upload that a tail belongs to. */
  findTailsUpload(name: string): string | undefined {
    const [uploadId = ''] = name.slice(this.tailsPrefix.length).split('/');
    return isStorageName('upload id', uploadId) ? uploadId : undefined;
  }

  /** The storage key of what an upload becomes, which a multipart upload has from its beginning. */
  uploadKey(uploadId: string, random: string): string {
    return `${uploadId}.${random}`;
  }

  /** The upload that a multipart upload belongs to. That of an object which was being imported goes by the object's key. */
  findMultipartsUpload(name: string): string | undefined {
    const key = this.findKey(name) ?? '';
    const end = key.lastIndexOf('.');
    const uploadId = end === -1 ? key : key.slice(0, end);
    return isStorageName('upload id', uploadId) ? uploadId : undefined;
  }

  get recordsPrefix(): string {
    return `${this.prefix}records/`;
  }

  /** @throws TypeError when it is no name of a record */
  record(name: string): string {
    assertStorageName('record name', name);
    return `${this.recordsPrefix}${name}`;
  }

  /** The name of a record; undefined for what is none of this driver's. */
  findRecord(name: string): string | undefined {
    const record = name.slice(this.recordsPrefix.length);
    return isStorageName('record name', record) ? record : undefined;
  }

  health(random: string): string {
    return `${this.prefix}health/${random}`;
  }
}
