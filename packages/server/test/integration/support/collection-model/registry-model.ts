import type { Digest } from '@roadstead/oci';
import type { ClientManifest } from '../../../in-process/content-client.ts';

/** What a manifest is, wherever it is pushed. */
export interface ManifestKind {
  readonly manifest: ClientManifest;
  readonly blobs: readonly Digest[];
  readonly children: readonly Digest[];
  readonly subject: Digest | undefined;
  /** How many indexes are nested in it, itself included. */
  readonly depth: number;
}

interface LiveManifest {
  readonly kind: ManifestKind;
  readonly pushedAt: number;
  heldUntil: number;
}

interface RepositoryModel {
  readonly project: string;
  readonly manifests: Map<Digest, LiveManifest>;
  readonly tags: Map<string, Digest>;
  /** When a manifest last lost a tag. */
  readonly lostTagAt: Map<Digest, number>;
  /** Every manifest that was ever pushed here. */
  readonly known: Map<Digest, ManifestKind>;
}

export interface TrashModel {
  readonly repository: string;
  readonly project: string;
  readonly kind: ManifestKind;
  readonly pushedAt: number;
  readonly tags: readonly string[];
  readonly deletedAt: number;
  readonly expiresAt: number;
}

export interface ModelTimes {
  readonly reviewDelayMs: number;
  readonly pushWindowMs: number;
  readonly trashWindowMs: number;
}

/**
 * What a registry must hold, said a second time and as simply as possible. It does not follow the queues: of content that
 * nothing leads to it only knows from when on it may, and until when it must, be gone.
 */
export class RegistryModel {
  now: number;
  readonly repositories = new Map<string, RepositoryModel>();
  /** In the order of the deletions. */
  trash: TrashModel[] = [];
  /** By project: the policy on untagged manifests. */
  readonly policies = new Map<string, { readonly afterMs: number; readonly from: number }>();
  collectorHeldUntil = 0;
  readonly #times: ModelTimes;
  /** Until when a link must stay: `repository digest`. */
  readonly #promised = new Map<string, number>();
  /** From when on a link must not be there after a pass; what is not here never was a link. */
  readonly #linkEnds = new Map<string, number>();
  /** The same of stored copies. */
  readonly #copyEnds = new Map<Digest, number>();

  constructor(now: number, times: ModelTimes) {
    this.now = now;
    this.#times = times;
  }

  addRepository(name: string, project: string): void {
    const maps = { manifests: new Map(), tags: new Map(), lostTagAt: new Map(), known: new Map() };
    this.repositories.set(name, { project, ...maps });
  }

  isCollectorHeld(): boolean {
    return this.collectorHeldUntil > this.now;
  }

  get(name: string): RepositoryModel {
    const repository = this.repositories.get(name);
    if (repository === undefined) throw new Error(`the model has no repository ${name}`);
    return repository;
  }

  advance(milliseconds: number): void {
    this.#noteNeeds();
    this.now += milliseconds;
    this.#noteNeeds();
  }

  /** Somebody who pushes was told that the blob is here. */
  promise(repository: string, digest: Digest, forMs: number): void {
    const key = `${repository} ${digest}`;
    this.#promised.set(key, Math.max(this.#promised.get(key) ?? 0, this.now + forMs));
    this.#lengthen(repository, digest, this.now + this.#times.pushWindowMs);
  }

  put(repository: string, kind: ManifestKind, tag: string | undefined): void {
    const { manifests, known } = this.get(repository);
    const { digest } = kind.manifest;
    const existing = manifests.get(digest);
    if (existing === undefined) manifests.set(digest, { kind, pushedAt: this.now, heldUntil: 0 });
    else if (tag === undefined) this.holdManifest(repository, digest);
    known.set(digest, kind);
    if (tag !== undefined) this.#moveTag(repository, tag, digest);
    this.#noteNeeds();
  }

  /** Somebody who pushes was told that the manifest is here. */
  holdManifest(repository: string, digest: Digest): void {
    const { project, manifests } = this.get(repository);
    const manifest = manifests.get(digest);
    if (manifest === undefined || !this.policies.has(project)) return;
    if (manifest.heldUntil >= this.now + this.#times.pushWindowMs / 2) return;
    manifest.heldUntil = this.now + this.#times.pushWindowMs;
  }

  deleteTag(repository: string, tag: string): void {
    const { tags, lostTagAt } = this.get(repository);
    const digest = tags.get(tag);
    if (digest !== undefined) lostTagAt.set(digest, this.now);
    tags.delete(tag);
  }

  isListed(repository: string, digest: Digest): boolean {
    return [...this.get(repository).manifests.values()].some(({ kind }) => kind.children.includes(digest));
  }

  deleteManifest(repository: string, digest: Digest): void {
    const { project, manifests, tags } = this.get(repository);
    const kind = this.#kindOf(repository, digest);
    const pushedAt = manifests.get(digest)?.pushedAt ?? 0;
    this.#noteNeeds();
    const standing = [...tags].filter(([, at]) => at === digest).map(([tag]) => tag);
    for (const tag of standing) this.deleteTag(repository, tag);
    manifests.delete(digest);
    if (this.#times.trashWindowMs === 0) return;
    const expiresAt = this.now + this.#times.trashWindowMs;
    const tagsThen = standing.toSorted();
    this.trash.push({ repository, project, kind, pushedAt, tags: tagsThen, deletedAt: this.now, expiresAt });
    this.#noteNeeds();
  }

  deleteBlob(repository: string, digest: Digest): void {
    this.#noteNeeds();
    this.#promised.delete(`${repository} ${digest}`);
    this.#linkEnds.delete(`${repository} ${digest}`);
    this.#copyEnds.set(digest, Math.max(this.#copyEnds.get(digest) ?? 0, this.now));
  }

  /** What restoring the entry restores, parts first; undefined when a part is gone for good. */
  planRestore(entry: TrashModel): readonly TrashModel[] | undefined {
    const { manifests } = this.get(entry.repository);
    const plan: TrashModel[] = [];
    const isThere = (digest: Digest) =>
      manifests.has(digest) || plan.some((planned) => planned.kind.manifest.digest === digest);
    const add = (current: TrashModel): boolean => {
      for (const child of current.kind.children) {
        if (isThere(child)) continue;
        const part = this.trash.findLast(
          (other) => other.repository === entry.repository && other.kind.manifest.digest === child,
        );
        if (part === undefined || !add(part)) return false;
      }
      plan.push(current);
      return true;
    };
    return add(entry) ? plan : undefined;
  }

  restore(plan: readonly TrashModel[]): void {
    for (const entry of plan) {
      const { repository, project, kind, pushedAt } = entry;
      const { manifests, tags } = this.get(repository);
      const { digest } = kind.manifest;
      const heldMs = Math.max(this.#times.pushWindowMs, this.policies.get(project)?.afterMs ?? 0);
      if (!manifests.has(digest)) manifests.set(digest, { kind, pushedAt, heldUntil: this.now + heldMs });
      for (const tag of entry.tags) if (!tags.has(tag)) tags.set(tag, digest);
      for (const blob of kind.blobs) this.promise(repository, blob, this.#times.pushWindowMs);
      this.trash = this.trash.filter((other) => other !== entry);
    }
    this.#noteNeeds();
  }

  purge(gone: (entry: TrashModel) => boolean): void {
    this.#noteNeeds();
    this.trash = this.trash.filter((entry) => !gone(entry));
  }

  setPolicy(project: string, afterMs: number | null): void {
    const from = this.policies.get(project)?.from ?? this.now + this.#times.pushWindowMs;
    if (afterMs === null) this.policies.delete(project);
    else this.policies.set(project, { afterMs, from });
  }

  /** What a pass does to manifests and trash. @returns how many manifests the policies delete */
  pass(): number {
    if (this.isCollectorHeld()) return 0;
    this.purge((entry) => entry.expiresAt <= this.now);
    let deleted = 0;
    for (const [name, { manifests }] of this.repositories) {
      for (let before = -1; before !== deleted; ) {
        before = deleted;
        for (const digest of [...manifests.keys()]) {
          if (!this.#isDueByPolicy(name, digest)) continue;
          const { blobs } = this.#kindOf(name, digest);
          this.deleteManifest(name, digest);
          // This pass has judged the links already.
          for (const blob of blobs) this.#lengthen(name, blob, this.now + 1);
          deleted += 1;
        }
      }
    }
    return deleted;
  }

  /** Blobs that a manifest of the repository lists. */
  listedBlobs(repository: string): ReadonlySet<Digest> {
    return new Set([...this.get(repository).manifests.values()].flatMap(({ kind }) => kind.blobs));
  }

  /** Whether the repository must, may or must not hold the blob. `afterPass`: one has just come to its end. */
  expectLink(repository: string, digest: Digest, afterPass: boolean): 'there' | 'gone' | 'either' {
    if (this.listedBlobs(repository).has(digest)) return 'there';
    const key = `${repository} ${digest}`;
    if ((this.#promised.get(key) ?? 0) > this.now) return 'there';
    const end = this.#linkEnds.get(key);
    if (end === undefined) return 'gone';
    return afterPass && this.now >= end + this.#times.reviewDelayMs ? 'gone' : 'either';
  }

  /** The same for the stored copy. */
  expectCopy(digest: Digest, afterPass: boolean): 'there' | 'gone' | 'either' {
    const isLinked = [...this.repositories.keys()].some((name) => this.expectLink(name, digest, false) === 'there');
    if (isLinked || this.trash.some((entry) => entry.kind.blobs.includes(digest))) return 'there';
    const end = this.#copyEnds.get(digest);
    if (end === undefined) return 'gone';
    return afterPass && this.now >= end + this.#times.reviewDelayMs ? 'gone' : 'either';
  }

  #kindOf(name: string, digest: Digest): ManifestKind {
    const manifest = this.get(name).manifests.get(digest);
    if (manifest === undefined) throw new Error(`the model has no ${digest} in ${name}`);
    return manifest.kind;
  }

  #moveTag(repository: string, tag: string, digest: Digest): void {
    const { tags, lostTagAt } = this.get(repository);
    const before = tags.get(tag);
    if (before !== undefined && before !== digest) lostTagAt.set(before, this.now);
    tags.set(tag, digest);
  }

  #isDueByPolicy(name: string, digest: Digest): boolean {
    const { project, manifests, tags, lostTagAt } = this.get(name);
    const policy = this.policies.get(project);
    const manifest = manifests.get(digest);
    if (policy === undefined || policy.from > this.now || manifest === undefined) return false;
    const { kind, pushedAt, heldUntil } = manifest;
    const since = Math.max(pushedAt, lostTagAt.get(digest) ?? 0);
    const isOld = this.now - since >= Math.max(policy.afterMs, this.#times.pushWindowMs) && heldUntil <= this.now;
    const isTagged = [...tags.values()].includes(digest);
    const isNeeded = this.isListed(name, digest) || (kind.subject !== undefined && manifests.has(kind.subject));
    return isOld && !isTagged && !isNeeded;
  }

  #noteNeeds(): void {
    for (const name of this.repositories.keys()) {
      for (const digest of this.listedBlobs(name)) this.#lengthen(name, digest, this.now);
    }
    for (const { kind } of this.trash) for (const digest of kind.blobs) this.#lengthenCopy(digest, this.now);
  }

  #lengthen(repository: string, digest: Digest, until: number): void {
    const key = `${repository} ${digest}`;
    this.#linkEnds.set(key, Math.max(this.#linkEnds.get(key) ?? 0, until));
    this.#lengthenCopy(digest, until);
  }

  #lengthenCopy(digest: Digest, until: number): void {
    this.#copyEnds.set(digest, Math.max(this.#copyEnds.get(digest) ?? 0, until));
  }
}
