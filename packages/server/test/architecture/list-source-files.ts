import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ScannedSource, scanSource } from './scan-source.ts';

export interface SourceFile extends ScannedSource {
  /** Below the root, with slashes: `packages/server/src/content/blobs/blob-service.ts`. */
  readonly path: string;
  /** The package's folder name: `server`. */
  readonly package: string;
  /** Below the package's src/. */
  readonly inSource: string;
  readonly lineCount: number;
  /** Tests and contract suites stand beside the code, and only the rule on length applies to them. */
  readonly isTest: boolean;
}

/** Every TypeScript file in packages/<name>/src below `root`, sorted by path. */
export function listSourceFiles(root: string): readonly SourceFile[] {
  const packages = path.join(root, 'packages');
  return readdirSync(packages)
    .filter((name) => existsSync(path.join(packages, name, 'src')))
    .sort()
    .flatMap((name) => {
      const source = path.join(packages, name, 'src');
      return readdirSync(source, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(?:ts|tsx|mts|cts)$/.test(file))
        .sort()
        .map((file) => readSourceFile(name, source, file.split(path.sep).join('/')));
    });
}

function readSourceFile(packageName: string, source: string, inSource: string): SourceFile {
  const text = readFileSync(path.join(source, inSource), 'utf8');
  return {
    ...scanSource(text),
    path: `packages/${packageName}/src/${inSource}`,
    package: packageName,
    inSource,
    lineCount: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    isTest: isTestFile(inSource),
  };
}

export function isTestFile(file: string): boolean {
  return /\.(?:test|contract)\.[mc]?tsx?$|(?:^|\/)contract\//.test(file);
}
