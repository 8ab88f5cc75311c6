const MAX_LENGTH = 512;
const MAX_STARS = 16;

/**
 * Checks a glob: `*` is any text without a slash, `**` any text, everything else is just itself. No regular expressions.
 * @throws SyntaxError a sentence for whoever writes the rule
 */
export function assertClaimGlob(glob: string): void {
  if (glob === '' || glob.length > MAX_LENGTH) throw new SyntaxError(`a pattern has 1 to ${MAX_LENGTH} characters`);
  if (/\*{3,}/.test(glob))
    throw new SyntaxError('a pattern has `*` (within a segment) or `**` (across), no longer rows');
  if ((glob.match(/\*+/g) ?? []).length > MAX_STARS) throw new SyntaxError(`a pattern has at most ${MAX_STARS} stars`);
}

/** What comparing may still cost, in pieces of globs and in places of texts where they can end. */
export interface Effort {
  left: number;
}

/** Positions of a text from the first to the last, both included. */
type Stretch = readonly [first: number, last: number];

/**
 * Whether the glob describes the whole text. Characters are compared as they are: case, look-alikes, composed and decomposed
 * letters and line ends all differ.
 * @param effort what this costs is taken from it; when nothing is left, nothing matches
 */
export function matchesClaimGlob(glob: string, text: string, effort: Effort): boolean {
  if (!glob.includes('*')) return glob === text;
  if (effort.left < 0) return false;
  const pieces = glob.split(/(\*{1,2})/).filter((piece) => piece !== '');
  effort.left -= pieces.length;
  // Where the pieces so far can end, in order and apart from each other: a segment or the rest of the text at once, since whoever
  // writes rules and tokens may choose both so that single positions take long.
  let reached: readonly Stretch[] = [[0, 0]];
  for (const [index, piece] of pieces.entries()) {
    reached = piece.startsWith('*')
      ? passStar(reached, text, piece === '**')
      : passText(reached, text, { piece, next: pieces[index + 1] });
    effort.left -= reached.length;
    if (reached.length === 0 || effort.left < 0) return false;
  }
  return reached.at(-1)?.[1] === text.length;
}

function passText(
  from: readonly Stretch[],
  text: string,
  { piece, next }: { readonly piece: string; readonly next: string | undefined },
): readonly Stretch[] {
  if (next === undefined) {
    const start = text.length - piece.length;
    const isEnd = text.endsWith(piece) && from.some(([first, last]) => first <= start && start <= last);
    return isEnd ? [[text.length, text.length]] : [];
  }
  const reached: Stretch[] = [];
  let start = -1;
  for (const [first, last] of from) {
    for (let position = first; ; ) {
      if (start < position) start = text.indexOf(piece, position);
      if (start < 0) return reached;
      if (start > last) break;
      const end = start + piece.length;
      reached.push([end, end]);
      // The star behind it goes on from the first end of a segment, or of the text, to all others.
      if (next === '**') return reached;
      position = Math.max(start + 1, endOfSegment(text, end) - piece.length + 1);
    }
  }
  return reached;
}

function passStar(from: readonly Stretch[], text: string, crossesSegments: boolean): readonly Stretch[] {
  const reached: Stretch[] = [];
  let end = -1;
  for (const [first, last] of from) {
    for (let position = Math.max(first, end + 1); position <= last; position = end + 1) {
      end = crossesSegments ? text.length : endOfSegment(text, position);
      reached.push([position, end]);
    }
  }
  return reached;
}

function endOfSegment(text: string, position: number): number {
  const slash = text.indexOf('/', position);
  return slash < 0 ? text.length : slash;
}
