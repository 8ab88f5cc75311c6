import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findDebianMirror } from '../../clients/setup/find-debian-mirror.ts';
import { runDownload } from '../../clients/setup/run-download.ts';
import { runStep } from '../../clients/setup/run-step.ts';

export const DOCKER_REGISTRY_VERSION = '2.8.3';
const SUITE = 'trixie';
const PACKAGE = 'docker-registry';

/**
 * Takes Debian's docker-registry into the cache, once; returns the program. apt works on sources, lists and folders of
 * its own: nothing is installed into the system.
 * @throws Error when the suite has another version by now: the targets are ratios to this one
 */
export async function installDockerRegistry(cache: string): Promise<string> {
  const final = path.join(cache, `${PACKAGE}-${DOCKER_REGISTRY_VERSION}`);
  const program = path.join(final, 'usr/bin/docker-registry');
  if (existsSync(program)) return program;
  const staging = path.join(cache, `staging-${process.pid}`);
  try {
    const options = prepareApt(staging);
    await runDownload('apt-get', [...options, '-q', 'update']);
    const version = await findVersion(options);
    await runDownload('apt-get', [...options, '-q', 'download', `${PACKAGE}=${version}`], { cwd: staging });
    const archive = readdirSync(staging).find((name) => name.startsWith(`${PACKAGE}_`));
    if (archive === undefined) throw new Error(`apt-get brought no ${PACKAGE}`);
    await runStep('dpkg', ['-x', path.join(staging, archive), path.join(staging, 'unpacked')]);
    if (!existsSync(final)) renameSync(path.join(staging, 'unpacked'), final); // another run may have been quicker
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return program;
}

/** Makes the folders of a private apt; returns the options that confine it to them. */
function prepareApt(staging: string): readonly string[] {
  for (const name of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(path.join(staging, name), { recursive: true });
  }
  const { uri, signedBy } = findDebianMirror();
  const origin = signedBy === undefined ? '' : `[signed-by=${signedBy}] `;
  writeFileSync(path.join(staging, 'sources.list'), `deb ${origin}${uri} ${SUITE} main\n`);
  return [
    `Dir::Etc::sourcelist=${path.join(staging, 'sources.list')}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${path.join(staging, 'lists')}`,
    `Dir::Cache=${path.join(staging, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
}

async function findVersion(options: readonly string[]): Promise<string> {
  const { stdout } = await runStep('apt-cache', [...options, 'madison', PACKAGE]);
  const versions = stdout.split('\n').map((line) => line.split('|')[1]?.trim() ?? '');
  const version = versions.find((candidate) => candidate.startsWith(DOCKER_REGISTRY_VERSION));
  if (version !== undefined) return version;
  const found = versions.find((candidate) => candidate !== '') ?? 'none';
  throw new Error(
    `Debian ${SUITE} has ${PACKAGE} ${found} now, and the benchmark compares with ${DOCKER_REGISTRY_VERSION}.`,
  );
}
