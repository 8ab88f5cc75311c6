import { ProductError } from '../../kernel/errors.ts';
import { type Doublestar, parseDoublestar } from './doublestar.ts';

/** What a rule is about: tags or repositories whose name a pattern matches, or does not match. */
export interface Selector {
  readonly kind: string;
  readonly decoration: string;
  readonly pattern: string;
  /** JSON: `{"untagged":true}` says whether what has no tag is meant too. */
  readonly extras?: string;
}

export const TAG_DECORATIONS = ['matches', 'excludes'] as const;
export const REPOSITORY_DECORATIONS = ['repoMatches', 'repoExcludes'] as const;

/** By what the selectors of repositories are listed in a rule. */
export const REPOSITORY_SCOPE = 'repository';

/** Whom a rule is about: all of its selectors have to agree. */
export interface RuleSelectors {
  readonly tag_selectors: readonly Selector[];
  readonly scope_selectors: Readonly<Record<string, readonly Selector[]>>;
}

/** What a client may say of them; the rest is refused. */
export interface AskedSelectors {
  readonly tag_selectors?: readonly Partial<Selector>[] | undefined;
  readonly scope_selectors?: Readonly<Record<string, readonly Partial<Selector>[]>> | undefined;
}

const MAX_SELECTORS = 16;
const MAX_EXTRAS_LENGTH = 1_024;

/** @throws ProductError BAD_REQUEST with what is wrong */
export function readRuleSelectors({
  tag_selectors: tags = [],
  scope_selectors: scopes = {},
}: AskedSelectors): RuleSelectors {
  const others = Object.keys(scopes).filter((scope) => scope !== REPOSITORY_SCOPE);
  if (others.length > 0) throw refuse(`scope_selectors: only "${REPOSITORY_SCOPE}" can be selected`);
  const repositories = scopes[REPOSITORY_SCOPE] ?? [];
  return {
    tag_selectors: readSelectors('tag_selectors', tags, TAG_DECORATIONS),
    scope_selectors: {
      [REPOSITORY_SCOPE]: readSelectors('scope_selectors.repository', repositories, REPOSITORY_DECORATIONS),
    },
  };
}

function readSelectors(
  field: string,
  selectors: readonly Partial<Selector>[],
  decorations: readonly string[],
): readonly Selector[] {
  if (selectors.length === 0) throw refuse(`${field}: give at least one selector`);
  if (selectors.length > MAX_SELECTORS) throw refuse(`${field}: at most ${MAX_SELECTORS} selectors`);
  return selectors.map(({ kind, decoration = '', pattern = '', extras = '' }) => {
    if (kind !== 'doublestar') throw refuse(`${field}: the kind of a selector is doublestar`);
    if (!decorations.includes(decoration)) throw refuse(`${field}: the decoration is ${decorations.join(' or ')}`);
    if (pattern === '') throw refuse(`${field}: give a pattern; ** stands for all`);
    if (pattern.includes('\0') || parseDoublestar(pattern) === undefined) {
      throw refuse(`${field}: the pattern is none, or too long; close its brackets and braces`);
    }
    if (extras.length > MAX_EXTRAS_LENGTH || extras.includes('\0')) throw refuse(`${field}: the extras are too long`);
    return { kind, decoration, pattern, ...(extras !== '' && { extras }) };
  });
}

/** Patterns that were read before: a rule is asked again and again. */
const KNOWN = new Map<string, Doublestar | undefined>();
const MAX_KNOWN = 256;

function patternOf(text: string): Doublestar | undefined {
  const known = KNOWN.get(text);
  if (known !== undefined) return known;
  const read = parseDoublestar(text);
  if (KNOWN.size >= MAX_KNOWN) KNOWN.clear();
  KNOWN.set(text, read);
  return read;
}

/** @param repository its name without that of its project */
export function selectsRepository({ scope_selectors }: RuleSelectors, repository: string): boolean {
  return (scope_selectors[REPOSITORY_SCOPE] ?? []).every((selector) => agrees(selector, repository, 'repoExcludes'));
}

export function selectsTag({ tag_selectors }: RuleSelectors, tag: string): boolean {
  return tag_selectors.every((selector) => agrees(selector, tag, 'excludes'));
}

function agrees({ decoration, pattern }: Selector, name: string, excluding: string): boolean {
  const isMatch = patternOf(pattern)?.matches(name) ?? false;
  return isMatch !== (decoration === excluding);
}

function refuse(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
