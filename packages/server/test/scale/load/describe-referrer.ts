import type { LedgerBlob } from '../../support/ledger/ledger-event.ts';
import { describeImage, type LoadManifest } from '../../support/load/seeded-manifest.ts';

/** An artifact that refers to another manifest, such as a signature. */
export function describeReferrer(subject: LoadManifest, blob: LedgerBlob, name: string): LoadManifest {
  const { mediaType, digest, bytes } = subject;
  return describeImage(blob, [], name, { subject: { mediaType, digest, size: bytes.length } });
}
