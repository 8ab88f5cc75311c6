// `npm run notices` writes THIRD-PARTY-NOTICES.md; with `--check` it only says whether the file is fresh.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly folder: string;
  readonly shipped: boolean;
}

const ROOT = path.resolve(import.meta.dirname, '..');
const FILE = path.join(ROOT, 'THIRD-PARTY-NOTICES.md');
const SHIPPED_LICENSES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'MIT-0'];
/** What only builds and tests Roadstead is not distributed with it. */
const TOOL_LICENSES = [...SHIPPED_LICENSES, 'MPL-2.0'];
/** The Node binary that a checkout brings for itself; it is no part of what is published, and has its own LICENSE beside it. */
const RUNTIME = /^node-linux-/;

function main(args: readonly string[]): number {
  const dependencies = listDependencies();
  const refused = dependencies.filter(
    ({ license, shipped }) => !isAllowed(license, shipped ? SHIPPED_LICENSES : TOOL_LICENSES),
  );
  for (const { name, version, license } of refused)
    console.error(
      `${name} ${version} is under "${license}": choose another package, or add the licence to tools/notices.ts`,
    );
  if (refused.length > 0) return 1;
  const notices = renderNotices(dependencies.filter(({ shipped }) => shipped));
  if (!args.includes('--check')) {
    writeFileSync(FILE, notices);
    return 0;
  }
  if (existsSync(FILE) && readFileSync(FILE, 'utf8') === notices) return 0;
  console.error('THIRD-PARTY-NOTICES.md is not what package-lock.json says: run `npm run notices` and commit the file');
  return 1;
}

function listDependencies(): readonly Dependency[] {
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  return Object.entries(lock.packages)
    .filter(([folder, { link }]) => folder.includes('node_modules/') && link !== true)
    .map(([folder, { version = '', license = 'unknown', dev }]) => ({
      name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
      folder,
      shipped: dev !== true,
    }))
    .sort((a, b) => compare(`${a.name} ${a.version}`, `${b.name} ${b.version}`));
}

/** Understands what SPDX expressions here look like: one licence, or several joined by OR or by AND. */
function isAllowed(license: string, allowed: readonly string[]): boolean {
  const expression = license.replace(/^\(|\)$/g, '');
  if (expression.includes(' OR ')) return expression.split(' OR ').some((part) => isAllowed(part, allowed));
  return expression.split(' AND ').every((part) => allowed.includes(part));
}

/** By code units, so that the order does not depend on the machine's locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function renderNotices(dependencies: readonly Dependency[]): string {
  const byText = new Map<string, Dependency[]>();
  for (const dependency of dependencies) {
    const text = readLicenseText(dependency);
    byText.set(text, [...(byText.get(text) ?? []), dependency]);
  }
  const table = [...new Set(dependencies.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`))];
  const sections = [...byText].map(([text, users]) => {
    const names = [...new Set(users.map(({ name, version }) => `${name} ${version}`))].join(', ');
    const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
    return `## ${names}\n\n${fence}text\n${text}\n${fence}\n`;
  });
  return `${[
    '# Third-party notices',
    '',
    'Roadstead is distributed with the packages below. This file is made by `npm run notices`; do not edit it.',
    '',
    '| package | version | licence |',
    '| --- | --- | --- |',
    ...table,
    '',
    ...sections,
  ]
    .join('\n')
    .trimEnd()}\n`;
}

function readLicenseText({ name, license, folder }: Dependency): string {
  if (RUNTIME.test(name))
    return 'The licences of Node and of all that it is built with are in the LICENSE file of this package.';
  const installed = findInstalledFolder(folder);
  const files = readdirSync(installed).sort(compare);
  const texts = files
    .filter((file) => /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i.test(file))
    .map((file) => normalize(readFileSync(path.join(installed, file), 'utf8')));
  if (texts.length > 0) return texts.join('\n\n');
  const readme = files.find((file) => /^readme/i.test(file));
  const section = readme === undefined ? undefined : readLicenseSection(path.join(installed, readme));
  return section ?? `${name} states its licence as ${license} and ships no text of it.`;
}

/** A package for another processor is not installed: its sibling for this one carries the same text. */
function findInstalledFolder(folder: string): string {
  const own = path.join(ROOT, folder);
  if (existsSync(own)) return own;
  const parent = path.dirname(own);
  const family = path.basename(folder).replace(/-(?:x64|arm64)$/, '-');
  const sibling = readdirSync(parent)
    .sort(compare)
    .find((name) => name.startsWith(family) && name !== path.basename(folder));
  if (family === path.basename(folder) || sibling === undefined)
    throw new Error(`${folder} is not installed: run \`npm ci\` on Linux first`);
  return path.join(parent, sibling);
}

function readLicenseSection(readme: string): string | undefined {
  const section = /^#+ *licen[cs]e[^\n]*\n([\s\S]*?)(?=^#+ |(?![\s\S]))/im.exec(readFileSync(readme, 'utf8'))?.[1];
  return section === undefined || section.trim() === '' ? undefined : normalize(section);
}

function normalize(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/^\n+|\n+$/g, '');
}

process.exitCode = main(process.argv.slice(2));
