import { readFileSync } from 'node:fs';

let known: string | undefined;

/** The version in this package's package.json, such as `1.2.3`. It is read when it is first asked for. */
export function readProductVersion(): string {
  if (known !== undefined) return known;
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  known = String((manifest as { readonly version?: unknown }).version);
  return known;
}
