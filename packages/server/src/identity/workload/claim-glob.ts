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

/**
 * Whether the glob describes the whole text. Characters are compared as they are: case, look-alikes, composed and decomposed
 * letters and line ends all differ.
 */
export function matchesClaimGlob(glob: string, text: string): boolean {
  const pieces = glob.split(/(\*{1,2})/).filter((piece) => piece !== '');
  // Every position of the text that the pieces so far can reach: never more work than the product of both lengths.
  let reached = new Set([0]);
  for (const piece of pieces) {
    reached = piece.startsWith('*') ? passStar(reached, text, piece === '**') : passText(reached, text, piece);
    if (reached.size === 0) return false;
  }
  return reached.has(text.length);
}

function passText(from: ReadonlySet<number>, text: string, piece: string): Set<number> {
  const reached = new Set<number>();
  for (const position of from) if (text.startsWith(piece, position)) reached.add(position + piece.length);
  return reached;
}

function passStar(from: ReadonlySet<number>, text: string, crossesSegments: boolean): Set<number> {
  const reached = new Set<number>();
  let isOpen = false;
  for (let position = 0; position <= text.length; position += 1) {
    if (!crossesSegments && position > 0 && text[position - 1] === '/') isOpen = false;
    if (from.has(position)) isOpen = true;
    if (isOpen) reached.add(position);
  }
  return reached;
}
