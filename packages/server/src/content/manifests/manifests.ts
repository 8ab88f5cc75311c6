import { createHash } from 'node:crypto';
import {
  createDigest,
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  OciError,
  type ParsedManifest,
  parseManifest,
  type Reference,
} from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { PushConditions } from '../push-conditions.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { deleteTag } from '../tags/delete-tag.ts';
import { deleteManifest } from './delete-manifest.ts';
import { putManifest } from './put-manifest.ts';

export interface ManifestPush {
  readonly reference: Reference;
  /** Tags besides the reference (`?tag=`, distribution spec main). */
  readonly tags: readonly string[];
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
  readonly conditions: PushConditions;
}

export interface ManifestPushed {
  readonly digest: Digest;
  readonly subject: Digest | undefined;
}

/** Writes of manifests and tags. */
export class Manifests {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;
  readonly #allowsSparse: boolean;

  constructor(deps: { readonly database: InstanceDatabase; readonly clock: Clock; readonly allowsSparse: boolean }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
    this.#allowsSparse = deps.allowsSparse;
  }

  /** @throws OciError DIGEST_INVALID, MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN, PRECONDITION_FAILED */
  async put(repository: RepositoryRef, actor: Actor, push: ManifestPush): Promise<ManifestPushed> {
    const { reference, bytes } = push;
    const digest = computeDigest(reference.kind === 'tag' ? 'sha256' : digestAlgorithm(reference.digest), bytes);
    if (reference.kind === 'digest' && reference.digest !== digest) {
      throw new OciError('DIGEST_INVALID', `The manifest has the digest ${digest}, not ${reference.digest}.`, {
        detail: { named: reference.digest, actual: digest },
      });
    }
    const manifest = parseManifest(bytes, push.contentType);
    assertEmbeddedData(manifest);
    const tags = reference.kind === 'tag' ? [reference.tag, ...push.tags] : push.tags;
    await this.#database.execute(putManifest, {
      repository,
      digest,
      manifest,
      bytes,
      tags: [...new Set(tags)],
      conditions: push.conditions,
      allowsSparse: this.#allowsSparse,
      now: this.#clock.now(),
      actor,
    });
    return { digest, subject: manifest.subject?.digest };
  }

  /** A tag alone, or a manifest with its tags. @throws OciError MANIFEST_UNKNOWN, UNSUPPORTED */
  async delete(repository: RepositoryRef, actor: Actor, reference: Reference): Promise<void> {
    const now = this.#clock.now();
    if (reference.kind === 'tag') {
      await this.#database.execute(deleteTag, { repository, tag: reference.tag, now, actor });
    } else {
      await this.#database.execute(deleteManifest, { repository, digest: reference.digest, now, actor });
    }
  }
}

function computeDigest(algorithm: DigestAlgorithm, bytes: Uint8Array): Digest {
  return createDigest(algorithm, createHash(algorithm).update(bytes).digest('hex'));
}

/** Embedded content must be what its digest says (image spec, descriptor.md `data`). */
function assertEmbeddedData(manifest: ParsedManifest): void {
  const { config, layers, manifests, subject } = manifest;
  const descriptors = [...(config === undefined ? [] : [config]), ...layers, ...manifests];
  for (const { data, digest } of subject === undefined ? descriptors : [...descriptors, subject]) {
    if (data === undefined) continue;
    if (computeDigest(digestAlgorithm(digest), Buffer.from(data, 'base64')) === digest) continue;
    throw new OciError('MANIFEST_INVALID', `The embedded data of the descriptor ${digest} has another digest.`);
  }
}
