import { ProductError } from '../kernel/errors.ts';

/**
 * Reads fields of a body that a validator must not coerce: one that does takes null for 0 and false for null. All say
 * VALIDATION with the field's name when it is of another type, never its value.
 */

/** @returns undefined when the field is absent or null */
export function readText(name: string, value: unknown, maxLength: number): string | undefined {
  if (value === undefined || value === null) return undefined;
  // Databases hold no NUL.
  if (typeof value === 'string' && value.length <= maxLength && !value.includes('\0')) return value;
  throw invalid(`${name} must be a text of at most ${maxLength} characters`);
}

/** @returns undefined when the field is absent or null */
export function readInteger(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw invalid(`${name} must be a whole number`);
}

/** @returns undefined when the field is absent or null */
export function readFlag(name: string, value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  throw invalid(`${name} must be true or false`);
}

/** @returns undefined when the field is absent or null */
export function readList(name: string, value: unknown): readonly unknown[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value;
  throw invalid(`${name} must be a list`);
}

export function readObject(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${name} must be an object`);
}

function invalid(message: string): ProductError {
  return new ProductError('VALIDATION', message);
}
