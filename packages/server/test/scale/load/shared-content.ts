import type { LedgerBlob } from '../../support/ledger/ledger-event.ts';
import { describeBlob } from '../../support/load/seeded-blob.ts';
import type { LoadManifest } from '../../support/load/seeded-manifest.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

export interface PushedManifest {
  readonly repository: string;
  readonly manifest: LoadManifest;
}

const SHARED_BLOBS = 16;
const MAX_SHARED_BYTES = 40 * 1024;
const MAX_DELETABLE = 200;
/** Of large blobs, until a phase allows more: the store of the test is in memory. */
const LARGE_BUDGET_BYTES = 400 * 1024 ** 2;

/** What the clients of a load share. */
export class SharedContent {
  readonly repositories: readonly string[];
  readonly tags = ['latest', 'stable', 'edge', 'v1', 'v2', 'v3'];
  readonly sharedBlobs: readonly LedgerBlob[];
  /** Acknowledged and never deleted by anybody: each of them is readable from then on, at any moment. */
  readonly kept: PushedManifest[] = [];
  /** Acknowledged, until somebody deletes them. */
  readonly #deletable: PushedManifest[] = [];
  #largeBudgetBytes = LARGE_BUDGET_BYTES;

  constructor(project: string, seed: number, random: SeededRandom) {
    this.repositories = ['app', 'base', 'deep/er/nested', 'tools'].map((name) => `${project}/${name}`);
    this.sharedBlobs = Array.from({ length: SHARED_BLOBS }, (_, index) =>
      describeBlob(`scale ${seed} shared ${index}`, 1024 + random.below(MAX_SHARED_BYTES)),
    );
  }

  keep(pushed: PushedManifest): void {
    this.kept.push(pushed);
  }

  offer(pushed: PushedManifest): void {
    this.#deletable.push(pushed);
    if (this.#deletable.length > MAX_DELETABLE) this.#deletable.shift();
  }

  findDeletable(random: SeededRandom): PushedManifest | undefined {
    return this.#deletable[random.below(Math.max(1, this.#deletable.length))];
  }

  /** Takes it out, so that nobody else works on it. */
  takeDeletable(random: SeededRandom): PushedManifest | undefined {
    return this.#deletable.splice(random.below(Math.max(1, this.#deletable.length)), 1)[0];
  }

  /** Whether one more large blob of that size may be made. */
  takeLargeBudget(bytes: number): boolean {
    if (bytes > this.#largeBudgetBytes) return false;
    this.#largeBudgetBytes -= bytes;
    return true;
  }

  /** Some more large blobs, for a phase that needs them. */
  allowLarge(bytes: number): void {
    this.#largeBudgetBytes += bytes;
  }
}
