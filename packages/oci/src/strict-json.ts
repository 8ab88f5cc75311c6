import { OciError } from './errors.ts';
import { quoteForMessage } from './quote-for-message.ts';

export interface StrictJsonOptions {
  /** Deepest nesting of arrays and objects; the outermost counts as one. Default 64. */
  readonly maxDepth?: number;
  /** Most members of objects and items of arrays, all together. Default: no limit but the document's length. */
  readonly maxValues?: number;
  /** Makes the value of a number from its text; by default what JSON.parse makes of it. */
  readonly reviveNumber?: (literal: string) => unknown;
}

type Container =
  | { readonly kind: 'array'; readonly items: unknown[] }
  | { readonly kind: 'object'; readonly members: Record<string, unknown>; key: string };

/** Stands for "a container was opened" where a value is expected, so that no recursion is needed. */
const OPENED = Symbol('opened');
const DEFAULT_MAX_DEPTH = 64;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * JSON (RFC 8259) that every parser reads alike, as far as I-JSON (RFC 7493) asks: no byte order mark, no invalid UTF-8,
 * no lone surrogates, no member twice (also when only written differently), nothing after the value, bounded nesting.
 * Objects have no prototype, so that a member `__proto__` is a member like any other. Linear in the document's length.
 * @throws OciError MANIFEST_INVALID whose detail is `{ position }`, counted in UTF-16 units of the decoded text.
 */
export function parseStrictJson(bytes: Uint8Array, options: StrictJsonOptions = {}): unknown {
  return new StrictJsonReader(decodeUtf8(bytes), options).readDocument();
}

function decodeUtf8(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw invalidJson('it begins with a byte order mark, which JSON must not have', 0);
  }
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new OciError('MANIFEST_INVALID', 'The document is not valid JSON: it is not valid UTF-8.', { cause });
  }
}

function invalidJson(what: string, position: number): OciError {
  return new OciError('MANIFEST_INVALID', `The document is not valid JSON: ${what} (at position ${position}).`, {
    detail: { position },
  });
}

class StrictJsonReader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #maxValues: number;
  readonly #reviveNumber: (literal: string) => unknown;
  /** The containers around the current position, outermost first. */
  readonly #open: Container[] = [];
  #position = 0;
  #valueCount = 0;

  constructor(text: string, options: StrictJsonOptions) {
    this.#text = text;
    this.#maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
    this.#maxValues = options.maxValues ?? Number.POSITIVE_INFINITY;
    this.#reviveNumber = options.reviveNumber ?? Number;
  }

  readDocument(): unknown {
    for (;;) {
      let value = this.#readValue();
      while (value !== OPENED) {
        const container = this.#open.at(-1);
        if (container === undefined) {
          this.#expectEnd();
          return value;
        }
        this.#add(container, value);
        if (this.#readMore(container)) break;
        this.#open.pop();
        value = container.kind === 'array' ? container.items : container.members;
      }
    }
  }

  #add(container: Container, value: unknown): void {
    this.#valueCount += 1;
    if (this.#valueCount > this.#maxValues) {
      throw invalidJson(`it holds more than ${this.#maxValues} values`, this.#position);
    }
    if (container.kind === 'array') container.items.push(value);
    else container.members[container.key] = value;
  }

  #readValue(): unknown {
    const code = this.#peek();
    if (code === QUOTE) return this.#readString();
    if (code === OPEN_BRACE) return this.#openObject();
    if (code === OPEN_BRACKET) return this.#openArray();
    if (code === MINUS || isDigit(code)) return this.#readNumber();
    if (this.#take('true')) return true;
    if (this.#take('false')) return false;
    if (this.#take('null')) return null;
    throw this.#unexpected('a value');
  }

  #openObject(): unknown {
    this.#enter();
    const members: Record<string, unknown> = Object.create(null);
    if (this.#peek() === CLOSE_BRACE) {
      this.#position += 1;
      return members;
    }
    this.#open.push({ kind: 'object', members, key: this.#readKey(members) });
    return OPENED;
  }

  #openArray(): unknown {
    this.#enter();
    if (this.#peek() === CLOSE_BRACKET) {
      this.#position += 1;
      return [];
    }
    this.#open.push({ kind: 'array', items: [] });
    return OPENED;
  }

  #enter(): void {
    if (this.#open.length >= this.#maxDepth) {
      throw invalidJson(`it is nested deeper than ${this.#maxDepth} levels`, this.#position);
    }
    this.#position += 1;
  }

  /** After a value: true when a comma leads to another one, false when the container ends. */
  #readMore(container: Container): boolean {
    const code = this.#peek();
    const end = container.kind === 'array' ? CLOSE_BRACKET : CLOSE_BRACE;
    if (code !== COMMA && code !== end)
      throw this.#unexpected(container.kind === 'array' ? '"," or "]"' : '"," or "}"');
    this.#position += 1;
    if (code === end) return false;
    if (container.kind === 'object') container.key = this.#readKey(container.members);
    return true;
  }

  #readKey(members: Record<string, unknown>): string {
    if (this.#peek() !== QUOTE) throw this.#unexpected('a member name in quotes');
    const start = this.#position;
    const key = this.#readString();
    if (key in members) throw invalidJson(`an object has the member ${quoteForMessage(key)} twice`, start);
    if (this.#peek() !== COLON) throw this.#unexpected('":"');
    this.#position += 1;
    return key;
  }

  #readString(): string {
    const text = this.#text;
    const start = this.#position;
    let hasEscape = false;
    let position = start + 1;
    for (; position < text.length; position += 1) {
      const code = text.charCodeAt(position);
      if (code === QUOTE) break;
      if (code < SPACE) throw invalidJson('a string holds a control character that is not escaped', position);
      if (code !== BACKSLASH) continue;
      hasEscape = true;
      position += 1;
    }
    if (position >= text.length) throw invalidJson('a string does not end', start);
    this.#position = position + 1;
    return hasEscape ? unescapeString(text.slice(start, position + 1), start) : text.slice(start + 1, position);
  }

  #readNumber(): unknown {
    const start = this.#position;
    if (this.#code() === MINUS) this.#position += 1;
    if (this.#code() === ZERO) this.#position += 1;
    else this.#skipDigits();
    if (this.#code() === DOT) {
      this.#position += 1;
      this.#skipDigits();
    }
    if (this.#take('e') || this.#take('E')) {
      if (!this.#take('+')) this.#take('-');
      this.#skipDigits();
    }
    return this.#reviveNumber(this.#text.slice(start, this.#position));
  }

  /** One digit at least. */
  #skipDigits(): void {
    if (!isDigit(this.#code())) throw this.#unexpected('a digit');
    while (isDigit(this.#code())) this.#position += 1;
  }

  #take(word: string): boolean {
    if (!this.#text.startsWith(word, this.#position)) return false;
    this.#position += word.length;
    return true;
  }

  #expectEnd(): void {
    this.#peek();
    if (this.#position < this.#text.length) throw this.#unexpected('the end of the document');
  }

  /** The code of the next character that is not white space; NaN at the end. */
  #peek(): number {
    for (;;) {
      const code = this.#code();
      if (code !== SPACE && code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== TAB) return code;
      this.#position += 1;
    }
  }

  #code(): number {
    return this.#text.charCodeAt(this.#position);
  }

  #unexpected(expected: string): OciError {
    const found = this.#text.codePointAt(this.#position);
    const shown = found === undefined ? 'the document ends' : `${quoteForMessage(String.fromCodePoint(found))} stands`;
    return invalidJson(`${shown} where ${expected} should be`, this.#position);
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** @param literal a string with its quotes, known to hold no raw control character. */
function unescapeString(literal: string, start: number): string {
  let value: unknown;
  try {
    value = JSON.parse(literal);
  } catch {
    throw invalidJson('a string holds an escape that JSON does not have', start);
  }
  if (typeof value !== 'string' || !value.isWellFormed()) {
    throw invalidJson('a string holds half of a surrogate pair', start);
  }
  return value;
}
