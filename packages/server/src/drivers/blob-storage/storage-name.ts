const MAX_NAME_CHARACTERS = 200;
const PATTERNS = {
  'storage key': /^[a-z0-9_-][a-z0-9._-]*$/,
  'upload id': /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/,
} as const;

/**
 * Every driver asks this before it builds a path or an object name. No accepted name has a slash, a NUL, or a leading dot, so
 * none is `.` or `..`, hidden, or outside the storage. Storage keys have no upper case: some filesystems fold it.
 * @throws TypeError that quotes the name, cut short
 */
export function assertStorageName(what: keyof typeof PATTERNS, name: string): void {
  if (isStorageName(what, name)) return;
  throw new TypeError(`not a valid ${what}: ${JSON.stringify(String(name).slice(0, 80))}`);
}

export function isStorageName(what: keyof typeof PATTERNS, name: string): boolean {
  return typeof name === 'string' && name.length <= MAX_NAME_CHARACTERS && PATTERNS[what].test(name);
}
