/** A JSON value with what JSON.parse would lose: numbers as they were written, and members in a map. */
export type JsonValue = string | boolean | null | JsonNumber | JsonList | JsonMembers;

export class JsonNumber {
  readonly literal: string;

  constructor(literal: string) {
    this.literal = literal;
  }
}

export type JsonList = readonly JsonValue[];
export type JsonMembers = ReadonlyMap<string, JsonValue>;

/** What is wrong with a document, in the oracle's words. */
export class Invalid extends Error {}

const MAX_DEPTH = 64;
const MAX_VALUES = 65_536;
const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|"((?:[^"\\\u0000-\u001f]|\\.)*)"|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;

/**
 * Reads JSON by RFC 8259 and I-JSON (RFC 7493): UTF-8 without a byte order mark, no member twice, no half surrogate pairs,
 * nothing after the value. Written apart from the registry's own reader, to be held against it.
 * @throws Invalid
 */
export function readStrictJson(bytes: Buffer): JsonValue {
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) throw new Invalid('not UTF-8');
  if (text.startsWith('\ufeff')) throw new Invalid('a byte order mark');
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #position = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    const token = this.#next();
    const [, mark, string, number, word] = token;
    if (string !== undefined) return decodeEscapes(string);
    if (number !== undefined) return new JsonNumber(number);
    if (word !== undefined) return word === 'null' ? null : word === 'true';
    if (mark !== '{' && mark !== '[') throw new Invalid(`${mark} where a value should be`);
    if (depth >= MAX_DEPTH) throw new Invalid('nested too deeply');
    return mark === '{' ? this.#members(depth + 1) : this.#list(depth + 1);
  }

  end(): void {
    if (!/^[ \t\r\n]*$/.test(this.#text.slice(this.#position))) throw new Invalid('something after the value');
  }

  #members(depth: number): JsonMembers {
    const members = new Map<string, JsonValue>();
    if (this.#skip('}')) return members;
    do {
      const [, , name] = this.#next();
      if (name === undefined) throw new Invalid('a member without a name');
      const key = decodeEscapes(name);
      if (members.has(key)) throw new Invalid(`the member ${key.slice(0, 50)} twice`);
      if (!this.#skip(':')) throw new Invalid('a member without a colon');
      members.set(key, this.value(depth));
      this.#count();
    } while (this.#skip(','));
    if (!this.#skip('}')) throw new Invalid('an object that does not end');
    return members;
  }

  #list(depth: number): JsonList {
    const items: JsonValue[] = [];
    if (this.#skip(']')) return items;
    do {
      items.push(this.value(depth));
      this.#count();
    } while (this.#skip(','));
    if (!this.#skip(']')) throw new Invalid('an array that does not end');
    return items;
  }

  #count(): void {
    this.#values += 1;
    if (this.#values > MAX_VALUES) throw new Invalid('too many values');
  }

  #skip(mark: string): boolean {
    const match = /[ \t\r\n]*/y;
    match.lastIndex = this.#position;
    match.exec(this.#text);
    if (!this.#text.startsWith(mark, match.lastIndex)) return false;
    this.#position = match.lastIndex + mark.length;
    return true;
  }

  #next(): RegExpExecArray {
    TOKEN.lastIndex = this.#position;
    const token = TOKEN.exec(this.#text);
    if (token === null) throw new Invalid(`no token at ${this.#position}`);
    this.#position = TOKEN.lastIndex;
    return token;
  }
}

function decodeEscapes(inner: string): string {
  let text: unknown;
  try {
    text = JSON.parse(`"${inner}"`);
  } catch {
    throw new Invalid('an escape that is none');
  }
  if (typeof text !== 'string' || /\p{Surrogate}/u.test(text)) throw new Invalid('half of a surrogate pair');
  return text;
}
