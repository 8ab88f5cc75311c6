import type { ImageReference } from '@roadstead/oci';

/** What a reference points at: its digest, else its tag, else the tag `latest`. */
export function referenceTarget(reference: ImageReference): string {
  return reference.digest ?? reference.tag ?? 'latest';
}
