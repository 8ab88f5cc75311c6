import { readFileSync } from 'node:fs';
import { findJson, findString, recordOf } from './json-shape.ts';

/** The version in this package's package.json. */
export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return findString(recordOf(findJson(text)), 'version') ?? '0.0.0';
}
