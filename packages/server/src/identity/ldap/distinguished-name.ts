/** One `type=value` of a name, both in the form in which they are compared. */
interface NamePart {
  readonly type: string;
  readonly value: string;
}

const SPECIAL = /[",+;<=>\\#]/g;
/** Names and numbers of the same attribute (RFC 4519 § 2, RFC 4514 § 3). */
const TYPES_BY_OID: Readonly<Record<string, string>> = {
  '2.5.4.3': 'cn',
  '2.5.4.6': 'c',
  '2.5.4.7': 'l',
  '2.5.4.8': 'st',
  '2.5.4.9': 'street',
  '2.5.4.10': 'o',
  '2.5.4.11': 'ou',
  '0.9.2342.19200300.100.1.1': 'uid',
  '0.9.2342.19200300.100.1.25': 'dc',
};
const ATTRIBUTE_TYPE = /^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)$/i;

/**
 * The form of a distinguished name in which two spellings of one name are equal: case, spaces around and within values, the
 * order of the parts of a multi-valued RDN, and the way of escaping do not matter (RFC 4514 § 3, RFC 4518 § 2).
 * @returns undefined when it is not a name
 */
export function normalizeDn(text: string): string | undefined {
  return findRdns(text)?.join(',');
}

/** @returns whether both are names, and the same one */
export function isSameDn(one: string, other: string): boolean {
  const normalized = normalizeDn(one);
  return normalized !== undefined && normalized === normalizeDn(other);
}

/** @returns whether a name is the base itself or below it; everything that is a name is below the empty base */
export function isWithinDn(dn: string, base: string): boolean {
  const rdns = findRdns(dn);
  const above = findRdns(base);
  if (rdns === undefined || above === undefined || above.length > rdns.length) return false;
  const tail = rdns.slice(rdns.length - above.length);
  return tail.every((rdn, index) => rdn === above[index]);
}

/** A value as it stands in a name (RFC 4514 § 2.4). */
export function escapeDnValue(value: string): string {
  return value
    .replaceAll(SPECIAL, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^ /, '\\ ')
    .replace(/([^\\]) $/, '$1\\ ');
}

/** The first value of a name: what a group is called when its entry has no name of its own. */
export function firstValueOfDn(dn: string): string {
  const [first] = splitUnescaped(dn, ',');
  const { value } = parsePart(splitUnescaped(first ?? '', '+')[0] ?? '') ?? { value: dn };
  return value;
}

function findRdns(text: string): readonly string[] | undefined {
  if (text.trim() === '') return [];
  const rdns: string[] = [];
  for (const rdn of splitUnescaped(text, ',')) {
    const parts = splitUnescaped(rdn, '+').map(parsePart);
    if (parts.some((part) => part === undefined)) return undefined;
    const spelled = parts.map((part) => `${part?.type}=${escapeDnValue(fold(part?.value ?? ''))}`);
    rdns.push(spelled.sort().join('+'));
  }
  return rdns;
}

/** What does not count when values are compared: case, and how many spaces there are (RFC 4518 § 2.2, § 2.6.1). */
function fold(value: string): string {
  return value.normalize('NFKC').toLowerCase().replaceAll(/ +/g, ' ').trim();
}

function splitUnescaped(text: string, separator: string): readonly string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  pieces.push(text.slice(start));
  return pieces;
}

function parsePart(text: string): NamePart | undefined {
  const equals = text.indexOf('=');
  if (equals === -1) return undefined;
  const type = text.slice(0, equals).trim().toLowerCase();
  const value = unescapeValue(text.slice(equals + 1));
  if (!ATTRIBUTE_TYPE.test(type) || value === undefined) return undefined;
  return { type: TYPES_BY_OID[type] ?? type, value };
}

/** @returns undefined when a character that must be escaped is not, or an escape is not one */
function unescapeValue(raw: string): string | undefined {
  const text = trimUnescaped(raw);
  const bytes: Buffer[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character !== '\\') {
      if ('";<>\0'.includes(character)) return undefined;
      const point = String.fromCodePoint(text.codePointAt(at) ?? 0);
      bytes.push(Buffer.from(point));
      at += point.length - 1;
      continue;
    }
    const hex = /^[0-9a-f]{2}/i.exec(text.slice(at + 1, at + 3))?.[0];
    const escaped = text[at + 1];
    if (hex !== undefined) bytes.push(Buffer.from(hex, 'hex'));
    else if (escaped !== undefined && ' ",+;<=>\\#'.includes(escaped)) bytes.push(Buffer.from(escaped));
    else return undefined;
    at += hex === undefined ? 1 : 2;
  }
  return Buffer.concat(bytes).toString('utf8');
}

function trimUnescaped(raw: string): string {
  const text = raw.trimStart();
  const trimmed = text.trimEnd();
  const backslashes = /\\*$/.exec(trimmed)?.[0].length ?? 0;
  return backslashes % 2 === 1 && trimmed.length < text.length ? `${trimmed} ` : trimmed;
}
