const PATTERN = /^[a-z0-9_-][a-z0-9._-]*$/;
/** Ids are shorter, so that a driver may make names of them. */
const MAX_CHARACTERS = { 'storage key': 200, 'record name': 200, 'upload id': 100 } as const;

/**
 * Every driver asks this before it builds a path or an object name. No accepted name has a slash, a NUL, or a leading dot, so
 * none is `.` or `..`, hidden, or outside the storage. None has upper case: some filesystems fold it.
 * @throws TypeError that quotes the name, cut short
 */
export function assertStorageName(what: keyof typeof MAX_CHARACTERS, name: string): void {
  if (isStorageName(what, name)) return;
  throw new TypeError(`not a valid ${what}: ${JSON.stringify(String(name).slice(0, 80))}`);
}

export function isStorageName(what: keyof typeof MAX_CHARACTERS, name: string): boolean {
  return typeof name === 'string' && name.length <= MAX_CHARACTERS[what] && PATTERN.test(name);
}
