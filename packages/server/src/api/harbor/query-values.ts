import { ProductError } from '../../kernel/errors.ts';
import type { QueryCondition } from './query-expression.ts';

/** What a condition of `q` compares with. */
export type QueryValues =
  | { readonly kind: 'one'; readonly value: string }
  | { readonly kind: 'contains'; readonly text: string }
  /** `{a b}` */
  | { readonly kind: 'any'; readonly values: readonly string[] }
  /** `(a b)` */
  | { readonly kind: 'all'; readonly values: readonly string[] }
  /** `[a~b]`; an empty end is open. */
  | { readonly kind: 'range'; readonly min: string | undefined; readonly max: string | undefined };

/** Values of one condition. */
const MAX_VALUES = 200;
const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}', '(': ')' };

/**
 * Reads the value of a condition as Harbor writes it; quotes around a value are no part of it.
 * @throws ProductError BAD_REQUEST when a list is not closed, empty or too long
 */
export function readQueryValues(key: string, { kind, value }: QueryCondition): QueryValues {
  if (kind === 'fuzzy') return { kind: 'contains', text: value };
  if (kind === 'exact') return { kind: 'one', value: unquote(value) };
  const [opening = ''] = value;
  if (!value.endsWith(CLOSING[opening] ?? '') || value.length < 2) throw malformed(key);
  const inner = value.slice(1, -1);
  if (opening === '[') {
    const ends = inner.split('~').map((end) => unquote(end.trim()));
    if (ends.length !== 2) throw malformed(key);
    const [min = '', max = ''] = ends;
    return { kind: 'range', min: min || undefined, max: max || undefined };
  }
  const values = inner.split(/\s+/).filter((each) => each !== '');
  if (values.length === 0 || values.length > MAX_VALUES) throw malformed(key);
  return { kind: opening === '{' ? 'any' : 'all', values: values.map(unquote) };
}

/** An integer that a column may hold. @throws ProductError BAD_REQUEST */
export function readQueryInteger(key: string, text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new ProductError('BAD_REQUEST', `q: ${key} is compared with integers`);
}

/** `2026-01-02T15:04:05`, UTC unless it says otherwise. @returns milliseconds @throws ProductError BAD_REQUEST */
export function readQueryInstant(key: string, text: string): number {
  const form = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?)?$/;
  const [, zone] = form.exec(text) ?? [];
  const at = form.test(text) ? Date.parse(text.length > 10 && zone === undefined ? `${text}Z` : text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new ProductError('BAD_REQUEST', `q: ${key} is compared with instants like 2026-01-02T15:04:05`);
}

function unquote(text: string): string {
  return /^"[^"]*"$|^'[^']*'$/.test(text) ? text.slice(1, -1) : text;
}

function malformed(key: string): ProductError {
  return new ProductError('BAD_REQUEST', `q: ${key} is compared with a value, [min~max], {a b} or (a b)`);
}
