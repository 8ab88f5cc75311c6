import type { StoredBlob } from '../../content/blobs/blob-reads.ts';
import type { Content } from '../../content/content.ts';
import type { BlobAccelerator, BlobLocation } from '../../http/accelerators/blob-accelerator.ts';
import type { Authenticator } from '../../http/authentication.ts';
import type { AuditEvents } from '../../operations/audit-events/audit-events.ts';
import type { Projects } from '../../projects/projects.ts';

/** What the distribution API needs of an instance. */
export interface DistributionInstance {
  readonly content: Content;
  readonly projects: Pick<Projects, 'find' | 'findMoved' | 'ensure' | 'permissions'>;
  readonly identity: Authenticator;
  /** Told of pulls. */
  readonly auditEvents: Pick<AuditEvents, 'pulled'>;
  /** Where the blob's bytes lie as they are, if another than this process can read them there; undefined when they are gone. */
  locateBlob(blob: StoredBlob): Promise<BlobLocation | undefined>;
}

/** Limits and settings that hold for every instance of the server. */
export interface DistributionSettings {
  readonly maxManifestBytes: number;
  readonly minBodyBytesPerSecond: number;
  /** Told to clients as `OCI-Chunk-Min-Length`; 0 tells nothing. Smaller chunks are taken all the same. */
  readonly minChunkBytes: number;
  readonly createsProjectsOnPush: boolean;
  /** Asked in this order whether they send a blob; without any, blobs go the ordinary way. */
  readonly accelerators: readonly BlobAccelerator[];
  /** Sent as `Warning: 299 - "…"` on every answer. */
  readonly warning: string | undefined;
  /** Called before the bytes of a blob come or go. @throws ProductError TOO_MANY_REQUESTS */
  readonly beginTransfer: () => void;
}
