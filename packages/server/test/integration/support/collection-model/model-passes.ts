import { expect } from 'vitest';
import { digestOf } from '../../../in-process/content-client.ts';
import type { BothSides } from './compare-with-model.ts';

const STRAY_BYTES = 1_000_000;

/** Runs the collector, and holds it to what its dry run said. */
export class ModelPasses {
  readonly #sides: BothSides;
  readonly #count: (what: string, by: number) => void;
  #strays: ReadonlySet<string> = new Set();
  /** Those that a sweep has seen. */
  #seenStrays: ReadonlySet<string> = new Set();
  #serial = 0;

  /** @param count is told how often what is worth testing has come about */
  constructor(sides: BothSides, count: (what: string, by: number) => void) {
    this.#sides = sides;
    this.#count = count;
  }

  /** An object that no row leads to. */
  plantStray(): void {
    this.#serial += 1;
    const name = `stray-${this.#serial}`;
    this.#strays = new Set([...this.#strays, name]);
    this.#sides.test.medium.objects.set(name, new Uint8Array(STRAY_BYTES));
  }

  async run(): Promise<void> {
    const { test, model } = this.#sides;
    const isHeld = model.isCollectorHeld();
    const preview = await test.content.collector.dryRun();
    const before = test.storedBytes();
    this.#comparePurge(preview.purge.bytes, before);
    const report = await test.content.collector.runPass();
    const freed = before - test.storedBytes();
    const deletedByPolicy = model.pass();
    expect(test.errors).toEqual([]);
    expect(report).toMatchObject({ bytesFreed: freed, errorCount: 0, manifestsDeleted: deletedByPolicy });
    if (isHeld) {
      expect([freed, preview.heldBy?.name, report.heldBy]).toEqual([0, 'backup', 'backup']);
      this.#count('held passes', 1);
      return;
    }
    const { now, untagged } = preview;
    expect([now.bytes, untagged.manifests]).toEqual([freed, deletedByPolicy]);
    expect([now.blobs + now.strays, now.trashedManifests]).toEqual([report.blobsRemoved, report.trashPurged]);
    this.#count('blobs removed', report.blobsRemoved);
    this.#count('strays removed', report.straysCondemned);
    this.#count('deleted by policy', deletedByPolicy);
    this.#count('expired from the trash', report.trashPurged);
    this.#strays = new Set([...this.#strays].filter((name) => test.medium.objects.has(name)));
    this.#seenStrays = this.#strays;
  }

  /** Everything may go at last but what manifests list, and strays that no sweep has seen yet. */
  #comparePurge(bytes: number, storedBytes: number): void {
    const { model, refs, blobs } = this.#sides;
    const listed = new Set([...refs.keys()].flatMap((name) => [...model.listedBlobs(name)]));
    const listedBytes = blobs.filter((blob) => listed.has(digestOf(blob))).reduce((sum, blob) => sum + blob.length, 0);
    const unseen = [...this.#strays].filter((name) => !this.#seenStrays.has(name));
    expect(bytes).toBe(storedBytes - listedBytes - unseen.length * STRAY_BYTES);
  }
}
