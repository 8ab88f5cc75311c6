import { manifestInvalid } from './manifest-invalid.ts';
import { quoteForMessage } from './quote-for-message.ts';

/** An object as `parseStrictJson` makes it. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) === null;
}

/**
 * Go's decoder takes `Layers` for `layers`, others do not: one document would be read in two ways.
 * @throws OciError MANIFEST_INVALID when a member differs from one of `fields` in case only.
 */
export function assertNoCaseVariants(object: JsonObject, fields: readonly string[], path: string): void {
  const known = foldedFields(fields);
  for (const key of Object.keys(object)) {
    const meant = known.get(foldCase(key));
    if (meant === undefined || meant === key) continue;
    throw manifestInvalid(path, `the member ${quoteForMessage(key)} differs from "${meant}" in case only.`);
  }
}

const folded = new WeakMap<readonly string[], ReadonlyMap<string, string>>();

/** The fields by their folded spelling, folded once for each list of fields. */
function foldedFields(fields: readonly string[]): ReadonlyMap<string, string> {
  const known = folded.get(fields) ?? new Map(fields.map((field) => [foldCase(field), field]));
  folded.set(fields, known);
  return known;
}

/** Upper case first: the long s and the Kelvin sign fold to ASCII letters, and Go folds them so. */
function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}

/**
 * @returns undefined when the member is absent or null, as Go's decoder takes null for absent; likewise below.
 * @throws OciError MANIFEST_INVALID; likewise below.
 */
export function readOptionalString(object: JsonObject, field: string, path: string): string | undefined {
  const value = object[field];
  if (value === undefined || value === null) return undefined;
  return assertText(value, joinPath(path, field));
}

export function readStringArray(object: JsonObject, field: string, path: string): readonly string[] | undefined {
  const value = object[field];
  if (value === undefined || value === null) return undefined;
  const fieldPath = joinPath(path, field);
  if (!Array.isArray(value)) throw manifestInvalid(fieldPath, 'this must be an array of strings.');
  return value.map((item: unknown, index) => assertText(item, `${fieldPath}[${index}]`));
}

export function readStringMap(
  object: JsonObject,
  field: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
  const value = object[field];
  if (value === undefined || value === null) return undefined;
  const fieldPath = joinPath(path, field);
  if (!isObject(value)) throw manifestInvalid(fieldPath, 'this must be an object whose values are strings.');
  assertStringMap(value, fieldPath);
  return value;
}

function assertStringMap(value: JsonObject, path: string): asserts value is Readonly<Record<string, string>> {
  for (const key of Object.keys(value)) {
    if (isText(key) && isText(value[key])) continue;
    throw manifestInvalid(path, `the member ${quoteForMessage(key)} must be a string without NUL characters.`);
  }
}

/** NUL is refused because databases that hold what is read here refuse it (PostgreSQL's text and jsonb). */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0');
}

function assertText(value: unknown, path: string): string {
  if (isText(value)) return value;
  throw manifestInvalid(path, 'this must be a string without NUL characters.');
}

export function joinPath(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}
