import type { Descriptor } from '@roadstead/oci';
import { getManifest } from '../registry/get-manifest.ts';
import { listReferrers } from '../registry/list-referrers.ts';
import { putManifest } from '../registry/put-manifest.ts';
import { hasBlob, readBlob } from '../registry/read-blob.ts';
import { describeReference, type Repository } from '../registry/repository.ts';
import { uploadBlob } from '../registry/upload-blob.ts';
import type { ContentSource } from './content-source.ts';
import type { ContentTarget } from './content-target.ts';

export function createRepositorySource(repository: Repository): ContentSource {
  return {
    name: describeReference(repository),
    getManifest: (digest) => getManifest(repository, digest),
    listReferrers: (digest) => listReferrers(repository, digest),
    readBlob: (blob, range) => readBlob(repository, blob, range),
  };
}

export interface RepositoryTargetOptions {
  readonly chunkBytes: number;
  /** A repository of the same registry that the blobs come from. */
  readonly mountFrom?: string | undefined;
}

export function createRepositoryTarget(repository: Repository, options: RepositoryTargetOptions): ContentTarget {
  return {
    name: describeReference(repository),
    async putBlob(blob: Descriptor, source, onBytes) {
      if (await hasBlob(repository, blob.digest)) return 'present';
      const { digest, size } = blob;
      const open = (range: Parameters<ContentSource['readBlob']>[1]) => source.readBlob(blob, range);
      const outcome = await uploadBlob(repository, { digest, size, open }, { ...options, onBytes });
      return outcome === 'mounted' ? 'mounted' : 'transferred';
    },
    putManifest: (manifest, tags) => putManifest(repository, manifest, tags),
  };
}
