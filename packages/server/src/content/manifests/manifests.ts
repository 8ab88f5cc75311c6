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
import { type CollectionSettings, linkTimes, needsHold } from '../collection/collection-settings.ts';
import type { PushConditions } from '../push-conditions.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { deleteTag } from '../tags/delete-tag.ts';
import { deleteManifest } from './delete-manifest.ts';
import { holdManifest } from './hold-manifest.ts';
import type { ManifestReads, StoredManifest } from './manifest-reads.ts';
import { type ExposedManifest, type PutManifestInput, putManifest } from './put-manifest.ts';

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

export interface ManifestsDeps {
  readonly database: InstanceDatabase;
  readonly reads: ManifestReads;
  readonly clock: Clock;
  readonly allowsSparse: boolean;
  readonly collection: () => CollectionSettings;
}

/** Writes of manifests and tags. */
export class Manifests {
  readonly #deps: ManifestsDeps;

  constructor(deps: ManifestsDeps) {
    this.#deps = deps;
  }

  /**
   * For a HEAD by somebody who may push, and will do without pushing the manifest when it is here: no policy takes it for half
   * a push window at least. One with a tag needs no such hold.
   */
  async findForPush(repository: string, reference: Reference): Promise<StoredManifest | undefined> {
    const { reads } = this.#deps;
    if (reference.kind === 'tag') return reads.find(repository, reference);
    const found = await reads.findForPush(repository, reference.digest);
    if (found === undefined || !found.isExposed) return found;
    return (await this.#hold({ manifestId: found.id, heldUntil: found.heldUntil })) ? found : undefined;
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
    await this.#putAndHold({
      repository,
      digest,
      manifest,
      bytes,
      tags: [...new Set(tags)],
      conditions: push.conditions,
      allowsSparse: this.#deps.allowsSparse,
      now: this.#deps.clock.now(),
      actor,
    });
    return { digest, subject: manifest.subject?.digest };
  }

  /** A tag alone, or a manifest with its tags. @throws OciError MANIFEST_UNKNOWN, UNSUPPORTED */
  async delete(repository: RepositoryRef, actor: Actor, reference: Reference): Promise<void> {
    const { database, clock, collection } = this.#deps;
    const now = clock.now();
    if (reference.kind === 'tag') {
      await database.execute(deleteTag, { repository, tag: reference.tag, now, actor });
      return;
    }
    const { trashWindowMs, reviewDelayMs } = collection();
    const times = { trashWindowMs, reviewAfter: now + reviewDelayMs };
    await database.execute(deleteManifest, { repository, digest: reference.digest, ...times, now, actor });
  }

  /** A policy may take a manifest between the push that finds it and the hold: then it is pushed once more. */
  async #putAndHold(input: PutManifestInput): Promise<void> {
    for (;;) {
      const { exposed } = await this.#deps.database.execute(putManifest, input);
      if (exposed === undefined || (await this.#hold(exposed))) return;
    }
  }

  /** @returns false when the manifest is gone */
  async #hold({ manifestId, heldUntil }: ExposedManifest): Promise<boolean> {
    const { database, clock, collection } = this.#deps;
    const settings = collection();
    const now = clock.now();
    if (!needsHold(settings, now, heldUntil)) return true;
    return database.execute(holdManifest, { manifestId, heldUntil: linkTimes(settings, now).heldUntil });
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
