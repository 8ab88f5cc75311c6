import { assertClaimGlob, type Effort, matchesClaimGlob } from './claim-glob.ts';

const MAX_CONDITIONS = 32;
const MAX_GLOBS = 64;
const MAX_PATH_LENGTH = 256;
/** Longer values match nothing, so that a token of 16 KiB cannot cost much. */
const MAX_VALUE_LENGTH = 1024;
const MAX_VALUES = 256;
/**
 * For all conditions of one rule: a few milliseconds. Whoever has a project chooses patterns, and may have an issuer that chooses claims.
 * A list of 256 names compared with ten ordinary patterns takes a third of it.
 */
const MAX_EFFORT = 50_000;
const MAX_SHOWN_LENGTH = 256;

/**
 * What the claims of a token must be: for each claim path a list of globs, of which one must match. All conditions must hold.
 * A path is the names of nested members with `/` between them, in which `~1` is a slash and `~0` a tilde (as in RFC 6901, without the
 * slash at the front), since names have dots in them: `kubernetes.io/namespace`.
 */
export type ClaimConditions = Readonly<Record<string, readonly string[]>>;

/** How one condition fared. */
export interface ClaimFinding {
  readonly path: string;
  readonly outcome: 'matches' | 'missing' | 'differs';
  /** The claim's value that matched; undefined when none did. */
  readonly value: string | undefined;
}

/**
 * Checks conditions as they come from a request.
 * @throws SyntaxError a sentence that names the claim
 */
export function assertClaimConditions(conditions: ClaimConditions): void {
  const entries = Object.entries(conditions);
  if (entries.length > MAX_CONDITIONS) throw new SyntaxError(`a rule has at most ${MAX_CONDITIONS} conditions`);
  for (const [path, globs] of entries) {
    if (path === '' || path.length > MAX_PATH_LENGTH || path.split('/').includes('')) {
      throw new SyntaxError(`the claim of a condition is 1 to ${MAX_PATH_LENGTH} characters, without empty segments`);
    }
    if (/~(?![01])/.test(path)) throw new SyntaxError(`${path}: a tilde in the name of a claim is written ~0`);
    if (globs.length === 0 || globs.length > MAX_GLOBS) throw new SyntaxError(`${path}: 1 to ${MAX_GLOBS} patterns`);
    globs.forEach(assertClaimGlob);
  }
}

/**
 * Tells for every condition how it fares, in the order of the rule. The claims match when every outcome is `matches`. What would take too
 * long to compare differs.
 */
export function judgeClaims(
  conditions: ClaimConditions,
  claims: Readonly<Record<string, unknown>>,
): readonly ClaimFinding[] {
  const effort: Effort = { left: MAX_EFFORT };
  return Object.entries(conditions).map(([path, globs]) => {
    const values = listValues(findClaim(claims, path));
    if (values === undefined) return { path, outcome: 'missing', value: undefined };
    const value = values.find((candidate) => globs.some((glob) => matchesClaimGlob(glob, candidate, effort)));
    return { path, outcome: value === undefined ? 'differs' : 'matches', value };
  });
}

/**
 * The value of a claim for people, as JSON unless it is a text.
 * @returns undefined when it is missing
 */
export function describeClaim(claims: Readonly<Record<string, unknown>>, path: string): string | undefined {
  const claim = findClaim(claims, path);
  const text = typeof claim === 'string' ? claim : JSON.stringify(claim);
  return text !== undefined && text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
}

function findClaim(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  let found: unknown = claims;
  for (const segment of path.split('/')) {
    const name = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || Array.isArray(found) || !Object.hasOwn(found, name)) {
      return undefined;
    }
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** @returns undefined where a claim is none that can be compared: absent, null, an object, a number that is no safe integer, or a list with one of those in it */
function listValues(claim: unknown): readonly string[] | undefined {
  const values = Array.isArray(claim) ? claim : [claim];
  if (values.length > MAX_VALUES || !values.every(isPlain)) return undefined;
  return values.map(String).filter((value) => value.length <= MAX_VALUE_LENGTH);
}

/** Of other numbers several are read as the same one (RFC 8259 §6): ids that follow each other must not be taken for one another. */
function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}
