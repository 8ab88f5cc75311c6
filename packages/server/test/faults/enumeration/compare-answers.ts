import type { RawAnswer } from '../raw-answer.ts';
import type { HiddenNames } from '../seed-hidden.ts';
import { takeApart } from '../tokens/token-parts.ts';

/** What no two answers share, whatever was asked for. */
const UNSHARED_HEADERS: ReadonlySet<string> = new Set(['date', 'x-request-id']);
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;
/** Of a token that is given out. */
const UNSHARED_CLAIMS = ['iat', 'nbf', 'exp', 'jti'];

/**
 * An answer without the names that its request had, and without what no two answers share.
 * @param hasLength whether its length has to be the same as well, which it has of names of one length
 */
export function plainAnswer(answer: RawAnswer, names: readonly HiddenNames[], hasLength: boolean): string {
  const body = answer.body.toString('utf8');
  const headers = [...answer.headers]
    .filter(([name]) => !UNSHARED_HEADERS.has(name) && (name !== 'content-length' || hasLength))
    .map(([name, value]) => `${name}: ${value}`);
  const text = [String(answer.status), ...headers, '', openToken(body)].join('\n');
  return maskNames(text.replaceAll(UUID, '…'), names);
}

/** The longest first, since a repository has the name of its project in it. */
function maskNames(text: string, names: readonly HiddenNames[]): string {
  const values = names.flatMap((each): readonly (string | number)[] => Object.values(each));
  const sorted = [...new Set(values)].toSorted((left, right) => String(right).length - String(left).length);
  return sorted.reduce<string>((masked, value) => masked.replaceAll(patternOf(value), '…'), text);
}

/** Numbers stand for themselves only: other numbers and addresses have their digits, too. */
function patternOf(value: string | number): string | RegExp {
  return typeof value === 'string' ? value : new RegExp(`(?<![\\w.:])${value}(?![\\w.])`, 'g');
}

/** What a token says, in the place of the token. */
function openToken(body: string): string {
  if (!body.startsWith('{"token":')) return body;
  const { token, access_token: _same, issued_at: _at, ...others } = JSON.parse(body);
  const { header, claims } = takeApart(String(token));
  const shown = Object.entries(claims).filter(([name]) => !UNSHARED_CLAIMS.includes(name));
  return JSON.stringify({ ...others, header, claims: Object.fromEntries(shown) });
}

/** The lines in which two answers differ. */
export function describeDifference(there: string, missing: string): string {
  const [left, right] = [there.split('\n'), missing.split('\n')];
  const only = (lines: readonly string[], others: readonly string[]): string =>
    JSON.stringify(lines.filter((line) => !others.includes(line)).join(' | '));
  return `${only(left, right)} for what is there, ${only(right, left)} for what is not`;
}
