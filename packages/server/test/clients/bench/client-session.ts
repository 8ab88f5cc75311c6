import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ClientHome, RunOptions } from './client-home.ts';
import type { Bench } from './client-suite.ts';
import type { CutRule, CuttingProxy } from './cutting-proxy.ts';
import { createBigImage, type ImageFixture, type ImageFixtures } from './image-fixture.ts';
import type { Registry } from './registry.ts';
import type { Outcome } from './run-command.ts';

const cutAfterBytes = 4 * 1024 * 1024; // about half of a big image

/** How a client asks for the rest of what it has in part. */
export const rangeRequest = /^Range: bytes=[1-9]/im;

/** What the cells of one client share: its home, its program, and repositories that no other client uses. */
export class ClientSession {
  readonly home: ClientHome;
  readonly program: string;
  readonly registry: Registry;
  readonly images: ImageFixtures;
  readonly #proxy: CuttingProxy;
  readonly #slug: string;
  #bigImage: ImageFixture | undefined;

  constructor(bench: Bench, slug: string, home: ClientHome, program: string) {
    this.registry = bench.registry;
    this.images = bench.images;
    this.#proxy = bench.proxy;
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

  /**
   * A name to sign in with and a password that is not its own. Failed sign-ins are throttled by account, so each client
   * guesses at an account that nobody needs.
   */
  get wrongLogin(): { readonly username: string; readonly password: string } {
    return { username: `guess-${this.#slug}`, password: 'wrong' };
  }

  get host(): string {
    return this.registry.host;
  }

  /**
   * A big image of this client alone: what another client had pushed might be mounted instead of uploaded, because some
   * clients share a cache of what is where, and regctl lets the registry look for every blob.
   */
  get bigImage(): ImageFixture {
    this.#bigImage ??= createBigImage(this.home.path('big-image'));
    return this.#bigImage;
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

  /**
   * Does a transfer through a proxy that cuts it once half-way; asserts that it did, and where `expected` is given, that
   * the client then went on in that way instead of starting over.
   */
  async throughCut(
    direction: CutRule['direction'],
    transfer: (host: string) => Promise<unknown>,
    expected?: RegExp,
  ): Promise<void> {
    const { host } = this.#proxy;
    const report = await this.#proxy.throughCut({ direction, afterBytes: cutAfterBytes }, () => transfer(host));
    assert.equal(report.cuts, 1, 'the transfer was never cut: the cell proves nothing');
    if (expected) assert.match(report.requestsAfter, expected, 'the client did not go on where it was cut');
  }
}
