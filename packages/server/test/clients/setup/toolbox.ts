import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type GoTool, type HelmTool, type PythonTool, versions } from '../versions.ts';
import { buildGoClient } from './build-go-client.ts';
import { buildHarborGoClient } from './build-harbor-go-client.ts';
import { findPython } from './find-python.ts';
import { installDebianClients } from './install-debian-clients.ts';
import { installHelm } from './install-helm.ts';
import { installPythonPackages } from './install-python-packages.ts';
import { MissingPrerequisite } from './missing-prerequisite.ts';
import { runDownload } from './run-download.ts';

/** What a suite needs: the Debian programs all together, or one tool. */
export type Tool = 'debian' | 'gpg' | 'harbor-go' | HelmTool | GoTool | PythonTool;

function has(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function assertDebianRoot(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new MissingPrerequisite('The Debian clients are taken for Linux on x86-64, and this machine is another.');
  }
  if (process.getuid?.() !== 0) {
    throw new MissingPrerequisite('The Debian clients run engines that need root: run the matrix as root.');
  }
  if (!has('apt-get', ['--version']) || !has('dpkg', ['--version'])) {
    throw new MissingPrerequisite('The Debian clients are taken with apt-get and dpkg, and this machine has none.');
  }
}

function isGoTool(tool: Tool): tool is GoTool {
  return versions.goClients.some((entry) => entry.tool === tool);
}

/** Sets up each tool once, when it is first asked for; Go tools one after the other. */
export class Toolbox {
  readonly #cache: string;
  readonly #report: (line: string) => void;
  readonly #arrivals = new Map<Tool, Promise<string>>();
  #goQueue: Promise<unknown> = Promise.resolve();

  /** `report` is told what takes long. */
  constructor(cache: string, report: (line: string) => void) {
    mkdirSync(cache, { recursive: true });
    this.#cache = cache;
    this.#report = report;
  }

  /** Starts the set-up of tools, those that take longest last. */
  start(tools: readonly Tool[]): Promise<string>[] {
    const built = versions.goClients.map(({ tool }) => tool).filter((tool) => tools.includes(tool));
    const others = new Set(tools.filter((tool) => !isGoTool(tool)));
    return [...others, ...built].map((tool) => this.get(tool));
  }

  /** The program of a tool (for `debian`: the folder of the programs), when it is there. */
  get(tool: Tool): Promise<string> {
    const known = this.#arrivals.get(tool);
    if (known) return known;
    const arrival = this.#setUp(tool);
    arrival.catch(() => {}); // who waits for the tool is told; nobody may be
    this.#arrivals.set(tool, arrival);
    return arrival;
  }

  /** A Python tool: the interpreter, and the folder that its PYTHONPATH names. */
  async getPython(tool: PythonTool): Promise<{ readonly interpreter: string; readonly folder: string }> {
    return { interpreter: findPython(), folder: await this.get(tool) };
  }

  #setUp(tool: Tool): Promise<string> {
    if (tool === 'debian') return this.#timed(tool, () => this.#installDebian());
    if (tool === 'gpg') return this.#timed(tool, () => this.#installGpg());
    if (tool === 'harbor-go') return this.#buildHarborGo();
    if (isGoTool(tool)) {
      const built = this.#goQueue.then(() => this.#timed(tool, () => this.#buildWithGo(tool)));
      this.#goQueue = built.catch(() => {});
      return built;
    }
    const python = versions.pythonPackages.find((entry) => entry.tool === tool);
    if (python) return this.#timed(tool, () => installPythonPackages(this.#cache, python.list));
    return this.#installHelm(tool as HelmTool);
  }

  async #buildHarborGo(): Promise<string> {
    const swagger = await this.get('go-swagger');
    return this.#timed('harbor-go', () => buildHarborGoClient(this.#cache, swagger));
  }

  async #timed(tool: Tool, work: () => Promise<string>): Promise<string> {
    const begun = performance.now();
    const result = await work();
    const seconds = (performance.now() - begun) / 1000;
    if (seconds > 2) this.#report(`set up ${tool} in ${seconds.toFixed(0)} s`);
    return result;
  }

  async #installDebian(): Promise<string> {
    assertDebianRoot();
    return installDebianClients(this.#cache);
  }

  async #installHelm(tool: HelmTool): Promise<string> {
    const unzip = path.join(await this.get('debian'), 'unzip');
    return this.#timed(tool, () => installHelm(this.#cache, tool, unzip));
  }

  async #installGpg(): Promise<string> {
    if (has('gpg', ['--version'])) return 'gpg';
    assertDebianRoot();
    await runDownload('apt-get', ['-q', 'update']);
    await runDownload('apt-get', ['-qy', 'install', '--no-install-recommends', 'gnupg']);
    return 'gpg';
  }

  async #buildWithGo(tool: GoTool): Promise<string> {
    if (!has('go', ['version'])) throw new MissingPrerequisite(`${tool} is built with Go, and there is no go in PATH.`);
    return buildGoClient(this.#cache, tool);
  }
}
