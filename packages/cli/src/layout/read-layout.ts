import {
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestHex,
  isManifestDescriptor,
  OciError,
  parseManifest,
} from '@roadstead/oci';
import { CliError, conflictError, notFoundError, usageError, verificationError } from '../cli-error.ts';
import { createManifest, MAX_MANIFEST_BYTES, type Manifest } from '../content/manifest.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { findJson, findString, recordOf } from '../json-shape.ts';
import type { ContentSource } from '../transfer/content-source.ts';
import { type LayoutFiles, openLayoutFiles } from './layout-files.ts';

/** The annotation that names an entry of `index.json` (image spec § image-layout). */
export const REF_NAME = 'org.opencontainers.image.ref.name';

/** An OCI image layout, opened for reading. */
export interface LayoutReader extends AsyncDisposable {
  readonly source: ContentSource;
  /** What `index.json` lists. */
  readonly entries: readonly Descriptor[];
}

/** Throws not found (3) if nothing is there, and a failure if it is not an image layout. */
export async function openLayoutReader(location: string): Promise<LayoutReader> {
  const files = await openLayoutFiles(location);
  const marker = recordOf(findJson(await readText(files, 'oci-layout')));
  const version = findString(marker, 'imageLayoutVersion');
  if (!version?.startsWith('1.')) {
    throw new CliError(EXIT_CODE.failure, `${location} is not an OCI image layout`, {
      why:
        version === undefined
          ? 'it has no file oci-layout with a version'
          : `its version is ${version}, and 1.x is known`,
      remedy: 'give the folder (or tar) that holds oci-layout, index.json and blobs/',
    });
  }
  const entries = readIndex(await readText(files, 'index.json'), location);
  const source = createSource(files, entries, location);
  return { source, entries, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
}

/** Where a blob lies inside a layout. */
export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** The entry named or digested so; without a selector the only one that is no referrer. */
export async function findEntry(
  layout: LayoutReader,
  selector: string | undefined,
  location: string,
): Promise<Descriptor> {
  if (selector !== undefined) {
    const found = layout.entries.find(
      (entry) => entry.digest === selector || entry.annotations?.[REF_NAME] === selector,
    );
    if (found) return found;
    throw notFoundError(`${location} has no entry ${JSON.stringify(selector)}`, {
      remedy: describeEntries(layout.entries),
    });
  }
  const candidates = await listRoots(layout);
  const [only] = candidates;
  if (candidates.length === 1 && only) return only;
  if (candidates.length === 0) throw notFoundError(`${location} is empty`, { why: 'its index.json lists no manifest' });
  throw usageError(
    `${location} holds ${candidates.length} manifests, and one has to be chosen`,
    describeEntries(candidates),
  );
}

/** The entries that do not refer to another one of the layout. */
export async function listRoots({ entries, source }: LayoutReader): Promise<readonly Descriptor[]> {
  const named = entries.filter((entry) => entry.annotations?.[REF_NAME] !== undefined);
  const unnamed = entries.filter((entry) => !named.includes(entry) && isManifestDescriptor(entry));
  const digests = new Set(entries.map((entry) => entry.digest));
  const roots: Descriptor[] = [];
  for (const entry of unnamed) {
    const subject = (await source.getManifest(entry.digest)).parsed.subject;
    if (!subject || !digests.has(subject.digest)) roots.push(entry);
  }
  return [...named, ...roots];
}

function describeEntries(entries: readonly Descriptor[]): string {
  const names = entries.slice(0, 10).map((entry) => {
    const name = entry.annotations?.[REF_NAME];
    return name === undefined ? `LAYOUT@${entry.digest}` : `LAYOUT:${name}`;
  });
  return `write ${names.join(' or ')}${entries.length > 10 ? ' …' : ''}`;
}

function readIndex(text: string, location: string): readonly Descriptor[] {
  try {
    return parseManifest(Buffer.from(text), 'application/vnd.oci.image.index.v1+json').manifests;
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw conflictError(`${location} has an index.json that cannot be read`, { why: error.message });
  }
}

function createSource(files: LayoutFiles, entries: readonly Descriptor[], location: string): ContentSource {
  let referrers: Promise<ReadonlyMap<Digest, readonly Descriptor[]>> | undefined;

  async function getManifest(digest: Digest): Promise<Manifest> {
    const size = await findBlobSize(files, digest, location);
    if (size > MAX_MANIFEST_BYTES) throw verificationError(`${digest} of ${location} is too large for a manifest`);
    const bytes = await readAll(files, blobPath(digest), size);
    return createManifest(bytes, undefined, digest, location);
  }

  /** Referrers of a layout are entries of index.json with a subject. */
  async function readReferrers() {
    const bySubject = new Map<Digest, Descriptor[]>();
    for (const entry of entries.filter(isManifestDescriptor)) {
      const subject = (await getManifest(entry.digest)).parsed.subject;
      if (subject) bySubject.set(subject.digest, [...(bySubject.get(subject.digest) ?? []), entry]);
    }
    return bySubject;
  }

  return {
    name: location,
    getManifest,
    async listReferrers(digest) {
      referrers ??= readReferrers();
      return (await referrers).get(digest) ?? [];
    },
    async *readBlob(blob, range) {
      const size = await findBlobSize(files, blob.digest, location);
      if (size !== blob.size) {
        throw verificationError(`${blob.digest} of ${location} has the wrong size`, {
          why: `its manifest says ${blob.size} bytes, and the file has ${size}`,
          remedy: 'make the layout again',
        });
      }
      yield* files.read(blobPath(blob.digest), range);
    },
  };
}

async function findBlobSize(files: LayoutFiles, digest: Digest, location: string): Promise<number> {
  const size = await files.findSize(blobPath(digest));
  if (size !== undefined) return size;
  throw notFoundError(`${location} lacks ${digest}`, {
    why: `there is no ${blobPath(digest)}`,
    remedy: 'make the layout again',
  });
}

async function readText(files: LayoutFiles, name: string): Promise<string> {
  const size = await files.findSize(name);
  if (size === undefined || size > MAX_MANIFEST_BYTES) return '';
  return Buffer.from(await readAll(files, name, size)).toString('utf8');
}

async function readAll(files: LayoutFiles, name: string, byteCount: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of files.read(name, { startByte: 0, endByte: byteCount })) parts.push(part);
  return Buffer.concat(parts);
}
