/** A pattern, ready to be asked about many names. */
export interface Doublestar {
  /** In time that grows with the length of the pattern times that of the name, whatever they are. */
  matches(name: string): boolean;
}

/** Longer ones are refused. */
export const MAX_PATTERN_LENGTH = 1_024;

type Test = (character: string) => boolean;

/** A state that takes a character, or leads on without one. */
type State =
  | { readonly kind: 'take'; readonly test: Test; next: number }
  | { readonly kind: 'split'; readonly next: number[] }
  | { readonly kind: 'end' };

const isAny: Test = () => true;
const isNoSlash: Test = (character) => character !== '/';

/**
 * Reads a pattern of the kind `doublestar`, which selects tags and repositories: `*` stands for any characters but slashes, `?` for one,
 * `**` as a whole segment for any segments or none, `{a,b}` for one of several, `[a-z]` and `[^a-z]` for one character, and a backslash
 * takes the meaning of what follows. The pattern without characters matches every name, as in Harbor.
 * @returns undefined for what is no pattern
 */
export function parseDoublestar(pattern: string): Doublestar | undefined {
  if (pattern.length > MAX_PATTERN_LENGTH) return undefined;
  if (pattern === '') return { matches: () => true };
  const states = new PatternReader(pattern).read();
  return states === undefined ? undefined : { matches: (name) => run(states, name) };
}

/** Makes states of a pattern, from the end to the start: each knows what follows it when it is made. */
class PatternReader {
  readonly #characters: readonly string[];
  readonly #states: State[] = [{ kind: 'end' }];
  #at = 0;

  constructor(pattern: string) {
    this.#characters = [...pattern];
  }

  /** @returns the states, the first of which is the last of the list */
  read(): readonly State[] | undefined {
    const parts = this.#sequence(false);
    if (parts === undefined || this.#at < this.#characters.length) return undefined;
    const start = this.#link(parts, 0);
    this.#states.push({ kind: 'split', next: [start] });
    return this.#states;
  }

  /** Until the end, or until what ends an alternative. */
  #sequence(isInBraces: boolean): readonly Part[] | undefined {
    const parts: Part[] = [];
    while (this.#at < this.#characters.length) {
      const character = this.#characters[this.#at] ?? '';
      if (isInBraces && (character === ',' || character === '}')) return parts;
      const part = this.#part(character);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return parts;
  }

  #part(character: string): Part | undefined {
    if (character === '*') return this.#stars();
    this.#at += 1;
    if (character === '?') return { kind: 'one', test: isNoSlash };
    if (character === '[') return this.#class();
    if (character === '{') return this.#alternatives();
    const literal = character === '\\' ? this.#characters[this.#at++] : character;
    return literal === undefined ? undefined : { kind: 'one', test: (other) => other === literal };
  }

  /** Two or more that stand alone between slashes take slashes too, and one of these slashes with them. */
  #stars(): Part {
    const before = this.#characters[this.#at - 1];
    let count = 0;
    while (this.#characters[this.#at] === '*') {
      this.#at += 1;
      count += 1;
    }
    const after = this.#characters[this.#at];
    const isSegment =
      (before === undefined || '/{,'.includes(before)) && (after === undefined || '/},'.includes(after));
    if (count !== 2 || !isSegment) return { kind: 'many', test: isNoSlash };
    if (after !== '/') return { kind: 'many', test: isAny };
    this.#at += 1;
    return { kind: 'segments' };
  }

  #class(): Part | undefined {
    const isNegated = this.#characters[this.#at] === '^';
    if (isNegated) this.#at += 1;
    const ranges: (readonly [string, string])[] = [];
    while (this.#characters[this.#at] !== ']') {
      const from = this.#classCharacter();
      if (from === undefined) return undefined;
      let to: string | undefined = from;
      if (this.#characters[this.#at] === '-' && this.#characters[this.#at + 1] !== ']') {
        this.#at += 1;
        to = this.#classCharacter();
      }
      if (to === undefined || codeOf(to) < codeOf(from)) return undefined;
      ranges.push([from, to]);
    }
    this.#at += 1;
    if (ranges.length === 0) return undefined;
    const isIn: Test = (character) =>
      ranges.some(([from, to]) => codeOf(character) >= codeOf(from) && codeOf(character) <= codeOf(to));
    return { kind: 'one', test: (character) => isNoSlash(character) && isIn(character) !== isNegated };
  }

  #classCharacter(): string | undefined {
    const character = this.#characters[this.#at++];
    return character === '\\' ? this.#characters[this.#at++] : character;
  }

  #alternatives(): Part | undefined {
    const choices: (readonly Part[])[] = [];
    for (;;) {
      const parts = this.#sequence(true);
      const end = this.#characters[this.#at++];
      if (parts === undefined || end === undefined) return undefined;
      choices.push(parts);
      if (end === '}') return { kind: 'choice', choices };
    }
  }

  /** @param next the state that follows @returns the first state of the parts */
  #link(parts: readonly Part[], next: number): number {
    return parts.reduceRight((following, part) => this.#linkPart(part, following), next);
  }

  #linkPart(part: Part, next: number): number {
    switch (part.kind) {
      case 'one':
        return this.#add({ kind: 'take', test: part.test, next });
      case 'many':
        return this.#loop(part.test, next);
      case 'segments':
        return this.#add({ kind: 'split', next: [next, this.#loop(isAny, this.#add(slashTo(next)))] });
      case 'choice':
        return this.#add({ kind: 'split', next: part.choices.map((choice) => this.#link(choice, next)) });
    }
  }

  #loop(test: Test, next: number): number {
    const again: State & { kind: 'take' } = { kind: 'take', test, next: 0 };
    const split = this.#add({ kind: 'split', next: [next, this.#add(again)] });
    again.next = split;
    return split;
  }

  #add(state: State): number {
    return this.#states.push(state) - 1;
  }
}

type Part =
  | { readonly kind: 'one' | 'many'; readonly test: Test }
  | { readonly kind: 'segments' }
  | { readonly kind: 'choice'; readonly choices: readonly (readonly Part[])[] };

function slashTo(next: number): State {
  return { kind: 'take', test: (character) => character === '/', next };
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

/** All states at once, so that nothing is tried twice. */
function run(states: readonly State[], name: string): boolean {
  let current = close(states, [states.length - 1]);
  for (const character of name) {
    const reached: number[] = [];
    for (const at of current) {
      const state = states[at];
      if (state?.kind === 'take' && state.test(character)) reached.push(state.next);
    }
    if (reached.length === 0) return false;
    current = close(states, reached);
  }
  return current.has(0);
}

/** The states, and those that they lead to without a character. */
function close(states: readonly State[], from: readonly number[]): ReadonlySet<number> {
  const closed = new Set<number>();
  const waiting = [...from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (closed.has(at)) continue;
    closed.add(at);
    const state = states[at];
    if (state?.kind === 'split') waiting.push(...state.next);
  }
  return closed;
}
