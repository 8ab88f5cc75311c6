import { ProductError } from '../../../kernel/errors.ts';

const MAX_LENGTH = 4_096;
const TYPES: readonly unknown[] = ['success', 'info', 'warning', 'danger'];
const FIELDS: readonly string[] = ['message', 'type', 'closable', 'fromDate', 'toDate'];

/**
 * What people are told on every page: an object as JSON with the members `message`, `type`, `closable`, `fromDate` and `toDate`, of which the
 * first one must be there; empty: nothing.
 * @returns undefined when nothing is said
 * @throws ProductError BAD_REQUEST
 */
export function readBannerMessage(value: unknown, key: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > MAX_LENGTH)
    throw wrong(key, `a text of at most ${MAX_LENGTH} characters`);
  if (value === '') return value;
  const fields = parseObject(value);
  if (fields === undefined) throw wrong(key, 'empty, or a JSON object with a message');
  const { message, type = 'info', closable = false, fromDate = '', toDate = '' } = fields;
  const other = Object.keys(fields).find((field) => !FIELDS.includes(field));
  if (other !== undefined) throw wrong(key, `an object of ${FIELDS.join(', ')}`);
  if (typeof message !== 'string' || message === '') throw wrong(key, 'an object with a message');
  if (!TYPES.includes(type)) throw wrong(key, `of the type ${TYPES.join(', ')}`);
  if (typeof closable !== 'boolean') throw wrong(key, 'an object whose closable is true or false');
  if (![fromDate, toDate].every(isDate)) throw wrong(key, 'an object whose fromDate and toDate are dates');
  return value;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Harbor's portal writes `11/23/2026`; programs write what ISO 8601 has. */
function isDate(value: unknown): boolean {
  return typeof value === 'string' && (value === '' || !Number.isNaN(Date.parse(value)));
}

function wrong(key: string, expected: string): ProductError {
  return new ProductError('BAD_REQUEST', `${key} must be ${expected}`);
}
