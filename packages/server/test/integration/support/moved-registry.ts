import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RunningRoadstead, startRoadstead } from '../../support/start-roadstead.ts';
import { RegistryClient } from './registry-client.ts';
import { type CommandResult, type RunningCommand, runCommand, startCommand } from './run-command.ts';
import { digestOf, type SampleManifest, sampleImage } from './sample-content.ts';

type Env = Readonly<Record<string, string>>;

/** What was pushed, by its tag. */
export type Pushed = ReadonlyMap<string, SampleManifest>;

/** A registry whose server comes and goes, as its data move from place to place. Server and commands are processes. */
export class MovedRegistry implements AsyncDisposable {
  readonly dataDir: string;
  /** What every server and every command is told. */
  env: Env;
  readonly pushed = new Map<string, SampleManifest>();
  #server: RunningRoadstead | undefined;

  private constructor(dataDir: string, env: Env) {
    this.dataDir = dataDir;
    this.env = env;
  }

  static async create(env: Env = {}): Promise<MovedRegistry> {
    return new MovedRegistry(await mkdtemp(path.join(tmpdir(), 'roadstead-moved-')), env);
  }

  async start(): Promise<RegistryClient> {
    this.#server = await startRoadstead({ dataDir: this.dataDir, env: this.env });
    return this.client;
  }

  get client(): RegistryClient {
    if (this.#server === undefined) throw new Error('no server runs');
    return RegistryClient.withBasic(this.#server.url, this.#server.admin);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  /** Pushes an image with a layer of its own. */
  async push(tag: string, layer?: Buffer): Promise<SampleManifest> {
    const image = sampleImage();
    if (layer !== undefined) await this.client.pushBlob('team/app', layer);
    await this.client.pushImage('team/app', tag, image);
    this.pushed.set(tag, image);
    return image;
  }

  run(...argv: readonly string[]): Promise<CommandResult> {
    return runCommand(this.#commandEnv(), ...argv);
  }

  startCommand(...argv: readonly string[]): RunningCommand {
    return startCommand(this.#commandEnv(), ...argv);
  }

  /** Pulls everything that was pushed. @returns what is not as it was */
  async findWrong(): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (const [tag, image] of this.pushed) {
      const manifest = await this.client.get(`/v2/team/app/manifests/${tag}`);
      if (!manifest.body.equals(image.bytes)) wrong.push(`${tag}: ${manifest.status}`);
      for (const blob of image.blobs) {
        const found = await this.client.get(`/v2/team/app/blobs/${digestOf(blob)}`);
        if (!found.body.equals(blob)) wrong.push(`${tag} ${digestOf(blob)}: ${found.status}`);
      }
    }
    return wrong;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  #commandEnv(): Env {
    return { ROADSTEAD_DATA: this.dataDir, ...this.env };
  }
}
