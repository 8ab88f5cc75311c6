import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MissingPrerequisite } from './missing-prerequisite.ts';

export interface DebianMirror {
  readonly uri: string;
  /** The keyring that signs it, where the configuration names one. */
  readonly signedBy?: string;
}

const sourcesFolder = '/etc/apt/sources.list.d';

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function field(paragraph: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.+)$`, 'im').exec(paragraph)?.[1]?.trim();
}

/** The mirror in a deb822 file (`.sources`), of the paragraph that serves the release. */
function findInParagraphs(text: string, release: string): DebianMirror | undefined {
  for (const paragraph of text.split(/\n\s*\n/)) {
    const suites = field(paragraph, 'Suites')?.split(/\s+/) ?? [];
    const uri = field(paragraph, 'URIs')?.split(/\s+/)[0];
    if (uri === undefined || !suites.includes(release)) continue;
    const signedBy = field(paragraph, 'Signed-By');
    return signedBy?.startsWith('/') ? { uri, signedBy } : { uri };
  }
  return undefined;
}

/** The mirror in a one-line file (`.list`). */
function findInLines(text: string, release: string): DebianMirror | undefined {
  for (const line of text.split('\n')) {
    const match = /^deb\s+(?:\[(?<options>[^\]]*)\]\s+)?(?<uri>\S+)\s+(?<suite>\S+)\s/.exec(line);
    if (match?.groups?.['suite'] !== release) continue;
    const uri = match.groups['uri'] ?? '';
    const signedBy = /signed-by=(\S+)/.exec(match.groups['options'] ?? '')?.[1];
    return signedBy === undefined ? { uri } : { uri, signedBy };
  }
  return undefined;
}

/** The Debian mirror that this machine's package manager is configured with. */
export function findDebianMirror(): DebianMirror {
  const release = /^VERSION_CODENAME=(.+)$/m.exec(readIfThere('/etc/os-release'))?.[1];
  if (release === undefined || !/^ID=debian$/m.test(readIfThere('/etc/os-release'))) {
    throw new MissingPrerequisite('The Debian clients need a Debian system, and this is none.');
  }
  const names = existsSync(sourcesFolder) ? readdirSync(sourcesFolder).sort() : [];
  const files = ['/etc/apt/sources.list', ...names.map((name) => path.join(sourcesFolder, name))];
  for (const file of files) {
    const text = readIfThere(file);
    const mirror = file.endsWith('.sources') ? findInParagraphs(text, release) : findInLines(text, release);
    if (mirror) return mirror;
  }
  throw new MissingPrerequisite(`The Debian clients need a mirror of ${release} in the system's apt sources.`);
}
