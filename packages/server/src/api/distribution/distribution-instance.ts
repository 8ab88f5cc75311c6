import type { Content } from '../../content/content.ts';
import type { Authenticator } from '../../http/authentication.ts';
import type { Projects } from '../../projects/projects.ts';

/** What the distribution API needs of an instance. */
export interface DistributionInstance {
  readonly content: Content;
  readonly projects: Pick<Projects, 'find' | 'ensure' | 'permissions'>;
  readonly identity: Authenticator;
}

/** Limits and settings that hold for every instance of the server. */
export interface DistributionSettings {
  readonly maxManifestBytes: number;
  readonly minBodyBytesPerSecond: number;
  /** Told to clients as `OCI-Chunk-Min-Length`; 0 tells nothing. Smaller chunks are taken all the same. */
  readonly minChunkBytes: number;
  readonly createsProjectsOnPush: boolean;
  /** Sent as `Warning: 299 - "…"` on every answer. */
  readonly warning: string | undefined;
}
