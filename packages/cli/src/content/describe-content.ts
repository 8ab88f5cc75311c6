import type { Descriptor, Digest } from '@roadstead/oci';
import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { ContentSource } from '../transfer/content-source.ts';
import { forEachParallel } from '../transfer/for-each-parallel.ts';
import { listChildren, type Manifest } from './manifest.ts';

/** One layer, config or other blob as `inspect` shows it. */
export interface BlobDescription {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

/** One manifest as `inspect` shows it, with what hangs on it. */
export interface ContentDescription {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | null;
  /** Bytes of the manifest itself. */
  readonly size: number;
  /** `os/architecture[/variant]`, where the index says it. */
  readonly platform: string | null;
  /** Listed by its index, but not in the repository. */
  readonly missing: boolean;
  readonly subject: Digest | null;
  readonly config: BlobDescription | null;
  readonly layers: readonly BlobDescription[];
  readonly manifests: readonly ContentDescription[];
  readonly referrers: readonly ContentDescription[];
  readonly annotations: Readonly<Record<string, string>>;
}

const PARALLEL_READS = 4;

/** Describes the manifest, the tree below it and what refers to it. */
export async function describeContent(
  source: ContentSource,
  manifest: Manifest,
  descriptor?: Descriptor,
): Promise<ContentDescription> {
  const [manifests, referrers] = await Promise.all([
    describeAll(source, listChildren(manifest)),
    source.listReferrers(manifest.digest).then((found) => describeAll(source, found)),
  ]);
  const { config, layers, subject, artifactType, annotations } = manifest.parsed;
  const entries = manifest.parsed.manifests.filter((entry) => !listChildren(manifest).includes(entry));
  return {
    digest: manifest.digest,
    mediaType: manifest.mediaType,
    artifactType: artifactType ?? null,
    size: manifest.bytes.byteLength,
    platform: descriptor ? formatPlatform(descriptor) : null,
    missing: false,
    subject: subject?.digest ?? null,
    config: config ? describeBlob(config) : null,
    layers: [...layers, ...entries].map(describeBlob),
    manifests,
    referrers,
    annotations,
  };
}

async function describeAll(
  source: ContentSource,
  descriptors: readonly Descriptor[],
): Promise<readonly ContentDescription[]> {
  const described = new Map<Descriptor, ContentDescription>();
  await forEachParallel(descriptors, PARALLEL_READS, async (descriptor) => {
    try {
      const manifest = await source.getManifest(descriptor.digest);
      described.set(descriptor, await describeContent(source, manifest, descriptor));
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode !== EXIT_CODE.notFound) throw error;
      described.set(descriptor, describeMissing(descriptor));
    }
  });
  return descriptors.flatMap((descriptor) => described.get(descriptor) ?? []);
}

/** An index may list what the repository does not have (a sparse index). */
function describeMissing(descriptor: Descriptor): ContentDescription {
  return {
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    artifactType: descriptor.artifactType ?? null,
    size: descriptor.size,
    platform: formatPlatform(descriptor),
    missing: true,
    subject: null,
    config: null,
    layers: [],
    manifests: [],
    referrers: [],
    annotations: descriptor.annotations ?? {},
  };
}

function describeBlob({ digest, mediaType, size }: Descriptor): BlobDescription {
  return { digest, mediaType, size };
}

function formatPlatform({ platform }: Descriptor): string | null {
  if (!platform) return null;
  return [platform.os, platform.architecture, platform.variant]
    .filter((part) => part !== undefined && part !== '')
    .join('/');
}

/** Distinct bytes of all manifests and blobs of the tree, without referrers. */
export function sumBytes(content: ContentDescription): number {
  const sizes = new Map<Digest, number>();
  const visit = (node: ContentDescription) => {
    if (node.missing) return;
    sizes.set(node.digest, node.size);
    for (const blob of [...(node.config ? [node.config] : []), ...node.layers]) sizes.set(blob.digest, blob.size);
    node.manifests.forEach(visit);
  };
  visit(content);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
