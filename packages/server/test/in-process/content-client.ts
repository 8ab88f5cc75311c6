import { createHash } from 'node:crypto';
import { createDigest, type Digest, MEDIA_TYPES, parseReference } from '@roadstead/oci';
import type { Content } from '../../src/content/content.ts';
import type { RepositoryRef } from '../../src/content/repository-ref.ts';
import type { Actor } from '../../src/kernel/actor.ts';

/** A manifest with the blobs that it lists, by their bytes. */
export interface ClientManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
}

const NO_CONDITIONS = { ifMatch: undefined, ifNoneMatch: undefined };

export function digestOf(bytes: Uint8Array): Digest {
  return createDigest('sha256', createHash('sha256').update(bytes).digest('hex'));
}

/** An image of these blobs; `fields` join the document and make it another. */
export function composeImage(
  config: Buffer,
  layers: readonly Buffer[],
  fields: Readonly<Record<string, unknown>> = {},
): ClientManifest {
  return compose({
    mediaType: MEDIA_TYPES.ociImageManifest,
    config: { mediaType: MEDIA_TYPES.ociImageConfig, digest: digestOf(config), size: config.length },
    layers: layers.map((layer) => ({ mediaType: MEDIA_TYPES.ociLayer, digest: digestOf(layer), size: layer.length })),
    ...fields,
  });
}

export function composeIndex(
  children: readonly ClientManifest[],
  fields: Readonly<Record<string, unknown>> = {},
): ClientManifest {
  return compose({ mediaType: MEDIA_TYPES.ociImageIndex, manifests: children.map(describeManifest), ...fields });
}

export function describeManifest({ mediaType, digest, bytes }: ClientManifest) {
  return { mediaType, digest, size: bytes.length };
}

function compose(document: { readonly mediaType: string; readonly [field: string]: unknown }): ClientManifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }));
  return { bytes, mediaType: document.mediaType, digest: digestOf(bytes) };
}

/** Somebody who pushes to content and pulls from it as registry clients do, without HTTP. */
export class ContentClient {
  readonly #content: Content;
  readonly #actor: Actor;

  constructor(content: Content, actor: Actor) {
    this.#content = content;
    this.#actor = actor;
  }

  async pushBlob(repository: RepositoryRef, bytes: Buffer): Promise<Digest> {
    const digest = digestOf(bytes);
    const { uploads } = this.#content;
    const { id } = await uploads.create(repository, this.#actor, 'sha256');
    const body = { pieces: pieces(bytes), start: undefined, sizeBytes: bytes.length };
    await uploads.close(id, repository, this.#actor, { digest, body });
    return digest;
  }

  /** Asks first, as clients do, and does without the upload when the blob is there. @returns whether it was */
  async ensureBlob(repository: RepositoryRef, bytes: Buffer): Promise<boolean> {
    const found = await this.#content.findBlob(repository.name, digestOf(bytes), { holds: true });
    if (found === undefined) await this.pushBlob(repository, bytes);
    return found !== undefined;
  }

  /** @param tag none: by its digest alone */
  async putManifest(repository: RepositoryRef, manifest: ClientManifest, tag?: string): Promise<void> {
    await this.#content.manifests.put(repository, this.#actor, {
      reference: parseReference(tag ?? manifest.digest),
      tags: [],
      bytes: manifest.bytes,
      contentType: manifest.mediaType,
      conditions: NO_CONDITIONS,
    });
  }

  delete(repository: RepositoryRef, reference: string): Promise<void> {
    return this.#content.manifests.delete(repository, this.#actor, parseReference(reference));
  }

  /** The bytes of a manifest, or undefined when it is not there. */
  async pullManifest(repository: RepositoryRef, reference: string): Promise<Buffer | undefined> {
    return (await this.#content.manifestReads.findContent(repository.name, parseReference(reference)))?.bytes;
  }

  /** The bytes of a blob, or undefined when it is not there. */
  async pullBlob(repository: RepositoryRef, digest: Digest): Promise<Buffer | undefined> {
    const blob = await this.#content.findBlob(repository.name, digest);
    if (blob === undefined) return undefined;
    const found: Buffer[] = [];
    for await (const piece of this.#content.readBlob(blob, 0, blob.size)) found.push(Buffer.from(piece));
    return Buffer.concat(found);
  }
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
