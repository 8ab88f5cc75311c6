import { ProductError } from '../../kernel/errors.ts';

/** One condition of Harbor's `q` parameter. */
export interface QueryCondition {
  /** `exact`: `key=value`; `fuzzy`: `key=~value`; `list`: ranges, unions and intersections, as they were written. */
  readonly kind: 'exact' | 'fuzzy' | 'list';
  readonly value: string;
}

/**
 * Reads Harbor's `q`: conditions `key=value` joined by commas. Whoever asks looks up the keys that it knows; the others have
 * no effect, as in Harbor.
 * @throws ProductError BAD_REQUEST when a condition has no `=` or an empty side.
 */
export function parseQueryExpression(text: string | undefined): ReadonlyMap<string, QueryCondition> {
  const conditions = new Map<string, QueryCondition>();
  if (text === undefined || text === '') return conditions;
  for (const part of unescapeOnceMore(text).split(',')) {
    const equals = part.indexOf('=');
    const key = part.slice(0, Math.max(0, equals)).trim();
    const value = part.slice(equals + 1).trim();
    if (equals < 0 || key === '' || value === '') throw malformed();
    conditions.set(key, parseCondition(value));
  }
  return conditions;
}

/** Harbor decodes the parameter a second time, and clients rely on that. */
function unescapeOnceMore(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw malformed();
  }
  // Databases hold no NUL.
  if (decoded.includes('\0')) throw malformed();
  return decoded;
}

function parseCondition(value: string): QueryCondition {
  if (value.startsWith('~')) return { kind: 'fuzzy', value: value.slice(1) };
  if (/^[[{(]/.test(value)) return { kind: 'list', value };
  return { kind: 'exact', value: value.startsWith('\\') ? value.slice(1) : value };
}

function malformed(): ProductError {
  return new ProductError(
    'BAD_REQUEST',
    'q is not a list of conditions like name=library or name=~lib, joined by commas',
  );
}
