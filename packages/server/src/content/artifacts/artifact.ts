import type { Digest, Platform } from '@roadstead/oci';
import type { RepositoryRef } from '../repository-ref.ts';

/** An artifact as the management API shows it: a manifest with what is known of it. */
export interface Artifact {
  /** That of its manifest. */
  readonly id: number;
  readonly repository: RepositoryRef;
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly type: string;
  /** Of the config; an index has its own. */
  readonly mediaType: string;
  readonly manifestMediaType: string;
  readonly artifactType: string | undefined;
  readonly accessoryType: string | undefined;
  /** With everything that it lists. */
  readonly sizeBytes: number;
  readonly pushedAt: number;
  /** To some minutes. */
  readonly pulledAt: number | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** Entries of an index that are manifests and are here. */
  readonly references: readonly ArtifactReference[];
}

export interface ArtifactReference {
  readonly childId: number;
  readonly digest: Digest;
  readonly platform: Platform | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly urls: readonly string[] | undefined;
}

export interface ArtifactTag {
  readonly id: number;
  readonly repositoryId: number;
  readonly artifactId: number;
  readonly name: string;
  /** When it was last made or moved. */
  readonly pushedAt: number;
  readonly pulledAt: number | undefined;
}

export interface ArtifactAccessory {
  /** That of its own manifest. */
  readonly id: number;
  /** undefined while the subject is not here. */
  readonly subjectId: number | undefined;
  readonly subject: Digest;
  readonly repository: string;
  readonly digest: Digest;
  readonly type: string;
  readonly artifactType: string;
  readonly sizeBytes: number;
  readonly pushedAt: number;
}
