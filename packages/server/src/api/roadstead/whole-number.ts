import { ProductError } from '../../kernel/errors.ts';

/** @throws ProductError VALIDATION unless the field is a whole number, 0 or more, and no text that looks like one. */
export function readWholeNumber(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ProductError('VALIDATION', `${name} must be a whole number, 0 or more`);
}
