import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

interface LockedPackage {
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
}

type Manifest = Partial<Record<(typeof DEPENDENCY_FIELDS)[number], Record<string, string>>>;

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as T;
}

function findInstallScripts(packages: Readonly<Record<string, LockedPackage>>): readonly string[] {
  return Object.keys(packages).filter((name) => packages[name]?.hasInstallScript === true);
}

function findResolvedHosts(packages: Readonly<Record<string, LockedPackage>>): readonly string[] {
  return Object.keys(packages).filter((name) => /^[a-z+]+:|^\/\//i.test(packages[name]?.resolved ?? ''));
}

function findInexactVersions(manifest: Manifest): readonly string[] {
  return DEPENDENCY_FIELDS.flatMap((field) => Object.entries(manifest[field] ?? {}))
    .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name}@${version}`);
}

describe('the lockfile', () => {
  const { packages } = readJson<{ packages: Record<string, LockedPackage> }>('package-lock.json');

  it('holds no package with an install script', () => {
    expect(Object.keys(packages).length).toBeGreaterThan(10);
    expect(findInstallScripts(packages)).toEqual([]);
    expect(findInstallScripts({ planted: { hasInstallScript: true } })).toEqual(['planted']);
  });

  it('names no host that packages come from', () => {
    expect(findResolvedHosts(packages)).toEqual([]);
    expect(
      findResolvedHosts({ planted: { resolved: 'https://host.example/a.tgz' }, link: { resolved: 'packages/cli' } }),
    ).toEqual(['planted']);
  });
});

describe('the package.json files', () => {
  const manifests = [
    'package.json',
    ...readdirSync(path.join(ROOT, 'packages')).map((name) => `packages/${name}/package.json`),
  ];

  it.each(manifests)('%s names exact versions only', (file) => {
    expect(findInexactVersions(readJson(file))).toEqual([]);
  });

  it('would be reported for a range', () => {
    const planted = { dependencies: { a: '^1.2.3', b: '1.2.3' }, devDependencies: { c: 'latest' } };
    expect(findInexactVersions(planted)).toEqual(['a@^1.2.3', 'c@latest']);
  });
});
