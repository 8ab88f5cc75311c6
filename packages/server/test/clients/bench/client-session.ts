import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ClientHome, RunOptions } from './client-home.ts';
import type { Bench } from './client-suite.ts';
import { type CutRule, openCuttingProxy } from './cutting-proxy.ts';
import type { ImageFixtures } from './image-fixture.ts';
import type { Registry } from './registry.ts';
import type { Outcome } from './run-command.ts';

const cutAfterBytes = 6 * 1024 * 1024; // about half of the big fixture

/** What the cells of one client share: its home, its program, and repositories that no other client uses. */
export class ClientSession {
  readonly home: ClientHome;
  readonly program: string;
  readonly registry: Registry;
  readonly images: ImageFixtures;
  readonly #slug: string;

  constructor(bench: Bench, slug: string, home: ClientHome, program: string) {
    this.registry = bench.registry;
    this.images = bench.images;
    this.home = home;
    this.program = program;
    this.#slug = slug;
  }

  /** Runs the client; it must end with exit code 0. */
  run(args: readonly string[], options?: RunOptions): Promise<Outcome> {
    return this.home.run(this.program, args, options);
  }

  /** Runs the client; it must be refused, with a reason that matches. */
  refused(args: readonly string[], reason: RegExp, options?: RunOptions): Promise<Outcome> {
    return this.home.refused(this.program, args, reason, options);
  }

  /** Runs the client, and once more when that failed: what the user of a broken transfer does. */
  async runAgain(args: readonly string[], options?: RunOptions): Promise<void> {
    const first = await this.home.attempt(this.program, args, options);
    if (first.exitCode !== 0) await this.run(args, options);
  }

  get host(): string {
    return this.registry.host;
  }

  /** A repository in the private project. */
  repository(name: string): string {
    return `${this.registry.access.project}/${this.#slug}/${name}`;
  }

  /** A repository in the public project. */
  publicRepository(name: string): string {
    return `${this.registry.access.publicProject}/${this.#slug}/${name}`;
  }

  /** `host/repository:tag` in the private project. */
  reference(name: string, tag = 'v1'): string {
    return `${this.host}/${this.repository(name)}:${tag}`;
  }

  publicReference(name: string, tag = 'v1'): string {
    return `${this.host}/${this.publicRepository(name)}:${tag}`;
  }

  /** `host/repository@digest` in the private project. */
  pinned(name: string, digest: string): string {
    return `${this.host}/${this.repository(name)}@${digest}`;
  }

  /** Writes a file with some content into the home, for a client to push. */
  writeFile(name: string, content: string | Buffer): string {
    const file = this.home.path(name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  /** Does a transfer through a proxy that cuts it once half-way; asserts that it did. */
  async throughCut(direction: CutRule['direction'], transfer: (host: string) => Promise<unknown>): Promise<void> {
    const proxy = await openCuttingProxy(this.host, { direction, afterBytes: cutAfterBytes });
    try {
      await transfer(proxy.host);
      assert.equal(proxy.cuts, 1, 'the transfer was never cut: the cell proves nothing');
    } finally {
      await proxy.close();
    }
  }
}
