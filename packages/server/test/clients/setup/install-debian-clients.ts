import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type DebianClient, type DebianSuite, versions } from '../versions.ts';
import { type DebianMirror, findDebianMirror } from './find-debian-mirror.ts';
import { runDownload } from './run-download.ts';
import { runStep } from './run-step.ts';

const triplet = 'x86_64-linux-gnu';
const loader = 'ld-linux-x86-64.so.2';

/** apt with sources, lists and a cache of its own: the system's package state is neither read nor changed. */
class PrivateApt {
  readonly #options: readonly string[];
  readonly #downloads: string;

  constructor(folder: string, mirror: DebianMirror) {
    this.#downloads = path.join(folder, 'downloads');
    for (const name of ['lists/partial', 'cache/archives/partial', 'downloads']) {
      mkdirSync(path.join(folder, name), { recursive: true });
    }
    const signedBy = mirror.signedBy === undefined ? '' : `[signed-by=${mirror.signedBy}] `;
    const sources = versions.debian.map((suite) => `deb ${signedBy}${mirror.uri} ${suite.name} main\n`);
    writeFileSync(path.join(folder, 'sources.list'), sources.join(''));
    this.#options = [
      `Dir::Etc::sourcelist=${path.join(folder, 'sources.list')}`,
      'Dir::Etc::sourceparts=-',
      `Dir::State::lists=${path.join(folder, 'lists')}`,
      `Dir::Cache=${path.join(folder, 'cache')}`,
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option]);
  }

  async update(): Promise<void> {
    await runDownload('apt-get', [...this.#options, '-q', 'update']);
  }

  /** The versions that a suite offers, by package. */
  async listVersions(suite: string, packages: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { stdout } = await runStep('apt-cache', [...this.#options, 'madison', ...packages]);
    const offered = new Map<string, string>();
    for (const line of stdout.split('\n')) {
      const [name, version, source] = line.split('|').map((part) => part.trim());
      if (name && version && source?.includes(` ${suite}/`) && !offered.has(name)) offered.set(name, version);
    }
    return offered;
  }

  /** Downloads packages of one suite and unpacks each with `place`. */
  async unpack(wanted: ReadonlyMap<string, string>, place: (name: string) => string): Promise<void> {
    const names = [...wanted].map(([name, version]) => `${name}=${version}`);
    await runDownload('apt-get', [...this.#options, '-q', 'download', ...names], { cwd: this.#downloads });
    for (const file of readdirSync(this.#downloads)) {
      const target = place(file.slice(0, file.indexOf('_')));
      mkdirSync(target, { recursive: true });
      await runStep('dpkg', ['-x', path.join(this.#downloads, file), target]);
      rmSync(path.join(this.#downloads, file));
    }
  }
}

/** The versions to take, after a check that they are the ones that the cells were written against. */
function pickVersions(suite: DebianSuite, offered: ReadonlyMap<string, string>): Map<string, string> {
  const upstream = new Map(suite.clients.map((client) => [client.package, client.upstream]));
  const picked = new Map<string, string>();
  for (const name of [...upstream.keys(), ...suite.libraries]) {
    const version = offered.get(name);
    if (version === undefined) throw new Error(`Debian ${suite.name} has no package ${name} any more.`);
    const pinned = upstream.get(name);
    if (pinned !== undefined && !version.replace(/^\d+:/, '').startsWith(pinned)) {
      throw new Error(`Debian ${suite.name} has ${name} ${version} now, versions.ts says ${pinned}.`);
    }
    picked.set(name, version);
  }
  return picked;
}

interface SuiteFolders {
  /** Where the suite is unpacked now. */
  readonly staging: string;
  /** Where it will stand: the loader's path is written into the programs. */
  readonly final: string;
}

/** Copies a program to `bin` and, where needed, makes it use the loader and libraries of its own suite. */
async function placeProgram(
  suite: DebianSuite,
  client: DebianClient,
  program: string,
  folders: SuiteFolders,
): Promise<void> {
  const target = path.join(folders.staging, 'bin', `${path.basename(program)}${suite.suffix}`);
  copyFileSync(path.join(folders.staging, suite.name, client.package, program), target);
  chmodSync(target, 0o755);
  if (!client.needsOwnLibraries) return;
  const libraries = ['usr/lib', 'lib'].map((folder) => path.join(suite.name, 'libraries', folder, triplet));
  const home = libraries.find((folder) => existsSync(path.join(folders.staging, folder, loader)));
  if (home === undefined) throw new Error(`The C library of Debian ${suite.name} came without its loader.`);
  const searched = libraries.map((folder) => path.join(folders.final, folder)).join(':');
  // A RUNPATH would not serve the libraries' own dependencies: only the older RPATH is inherited.
  const patch = ['--set-interpreter', path.join(folders.final, home, loader), '--force-rpath', '--set-rpath', searched];
  await runStep(path.join(folders.staging, 'bin', 'patchelf'), [...patch, target]);
}

async function installSuite(suite: DebianSuite, apt: PrivateApt, folders: SuiteFolders): Promise<void> {
  const names = [...suite.clients.map((client) => client.package), ...suite.libraries];
  const wanted = pickVersions(suite, await apt.listVersions(suite.name, names));
  const root = path.join(folders.staging, suite.name);
  await apt.unpack(wanted, (name) => path.join(root, suite.libraries.includes(name) ? 'libraries' : name));
  for (const client of suite.clients) {
    for (const program of client.programs) await placeProgram(suite, client, program, folders);
    rmSync(path.join(root, client.package), { recursive: true });
  }
}

async function installSetupPrograms(apt: PrivateApt, staging: string): Promise<void> {
  const offered = await apt.listVersions(
    'bookworm',
    versions.setupPrograms.map((entry) => entry.package),
  );
  await apt.unpack(offered, (name) => path.join(staging, 'setup', name));
  for (const { package: name, program } of versions.setupPrograms) {
    copyFileSync(path.join(staging, 'setup', name, program), path.join(staging, 'bin', path.basename(program)));
  }
  rmSync(path.join(staging, 'setup'), { recursive: true });
}

/** Takes the Debian clients into the cache, once for each content of `versions.ts`; returns the folder of programs. */
export async function installDebianClients(cache: string): Promise<string> {
  // The cache's own path is part of it, because it is written into the programs.
  const pins = JSON.stringify([cache, versions.debian, versions.setupPrograms]);
  const final = path.join(cache, `debian-${createHash('sha256').update(pins).digest('hex').slice(0, 12)}`);
  const bin = path.join(final, 'bin');
  if (existsSync(final)) return bin;
  const staging = path.join(cache, `staging-${process.pid}`);
  mkdirSync(path.join(staging, 'bin'), { recursive: true });
  try {
    const apt = new PrivateApt(path.join(staging, 'apt'), findDebianMirror());
    await apt.update();
    await installSetupPrograms(apt, staging);
    for (const suite of versions.debian) await installSuite(suite, apt, { staging, final });
    rmSync(path.join(staging, 'apt'), { recursive: true });
    if (!existsSync(final)) renameSync(staging, final); // another run may have been quicker
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return bin;
}
