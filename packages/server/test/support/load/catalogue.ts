import type { LedgerBlob } from '../ledger/ledger-event.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { describeBlob } from './seeded-blob.ts';
import type { LoadManifest } from './seeded-manifest.ts';

const SHARED_BLOBS = 24;
const MIN_SHARED_BYTES = 1024;
const MAX_SHARED_BYTES = 48 * 1024;
const MAX_REMEMBERED = 40;

interface Remembered {
  readonly manifests: LoadManifest[];
  readonly blobs: LedgerBlob[];
}

/** What the workers of a load share: repositories, tags, layers that many images have, and what was pushed lately. */
export class Catalogue {
  readonly repositories: readonly string[];
  readonly tags: readonly string[];
  readonly sharedBlobs: readonly LedgerBlob[];
  readonly #remembered = new Map<string, Remembered>();

  constructor(name: string, project: string, random: SeededRandom) {
    this.repositories = ['app', 'base', 'deep/er/nested', 'tools'].map((each) => `${project}/${each}`);
    this.tags = ['latest', 'stable', ...Array.from({ length: 8 }, (_, index) => `v${index}`)];
    this.sharedBlobs = Array.from({ length: SHARED_BLOBS }, (_, index) =>
      describeBlob(`${name} shared ${index}`, MIN_SHARED_BYTES + random.below(MAX_SHARED_BYTES)),
    );
  }

  rememberManifest(repository: string, manifest: LoadManifest): void {
    const { manifests, blobs } = this.#of(repository);
    push(manifests, manifest);
    for (const blob of manifest.blobs) push(blobs, blob);
  }

  findManifest(repository: string, random: SeededRandom): LoadManifest | undefined {
    const { manifests } = this.#of(repository);
    return manifests[random.below(Math.max(1, manifests.length))];
  }

  /** A blob of a remembered image, or a shared one. */
  pickBlob(repository: string, random: SeededRandom): LedgerBlob {
    const { blobs } = this.#of(repository);
    return random.pick(blobs.length > 0 && random.below(2) === 0 ? blobs : this.sharedBlobs);
  }

  #of(repository: string): Remembered {
    const remembered = this.#remembered.get(repository) ?? { manifests: [], blobs: [] };
    this.#remembered.set(repository, remembered);
    return remembered;
  }
}

function push<Item>(items: Item[], item: Item): void {
  items.push(item);
  if (items.length > MAX_REMEMBERED) items.shift();
}
