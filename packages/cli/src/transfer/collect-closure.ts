import type { Descriptor, Digest } from '@roadstead/oci';
import { listBlobs, listChildren, type Manifest } from '../content/manifest.ts';
import type { ContentSource } from './content-source.ts';

/** Everything that has to be there for a manifest to be whole. */
export interface Closure {
  /** What a manifest lists comes before it, and a subject before its referrers. */
  readonly manifests: readonly Manifest[];
  /** Each digest once. */
  readonly blobs: readonly Descriptor[];
}

export interface ClosureOptions {
  /** Also takes what refers to any manifest of the closure: signatures, SBOMs, attestations, and what refers to those. */
  readonly referrers: boolean;
}

/** Walks from `root` over index entries (and referrers), reading manifests only. */
export async function collectClosure(source: ContentSource, root: Manifest, options: ClosureOptions): Promise<Closure> {
  const manifests = new Map<Digest, Manifest>();
  const blobs = new Map<Digest, Descriptor>();
  const entered = new Set<Digest>();

  async function visit(manifest: Manifest): Promise<void> {
    if (entered.has(manifest.digest)) return;
    entered.add(manifest.digest);
    for (const child of listChildren(manifest)) {
      if (!entered.has(child.digest)) await visit(await source.getManifest(child.digest));
    }
    for (const blob of listBlobs(manifest)) blobs.set(blob.digest, blob);
    manifests.set(manifest.digest, manifest);
    if (!options.referrers) return;
    for (const referrer of await source.listReferrers(manifest.digest)) {
      if (!entered.has(referrer.digest)) await visit(await source.getManifest(referrer.digest));
    }
  }

  await visit(root);
  return { manifests: [...manifests.values()], blobs: [...blobs.values()] };
}
