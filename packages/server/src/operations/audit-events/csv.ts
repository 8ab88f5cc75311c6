import { visibleText } from '../../kernel/visible-text.ts';

/** What a spreadsheet takes for the beginning of a formula, in its wide forms too, be there blanks before it or not. */
const FORMULA = /^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]/;

/**
 * A line of CSV (RFC 4180), every field in quotes. Text that a spreadsheet would run gets an apostrophe before it; line ends and
 * other controls are shown as escapes, so that an entry is always one line.
 */
export function toCsvLine(fields: readonly (string | number)[]): string {
  return `${fields.map((field) => (typeof field === 'number' ? String(field) : toCsvField(field))).join(',')}\r\n`;
}

function toCsvField(field: string): string {
  const text = visibleText(field);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
