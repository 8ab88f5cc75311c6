/** A string, or a sign that structures. Within valid JSON nothing else tells where a member's name stands. */
const PIECE = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * Parses JSON in which no object may have the same member twice: readers differ in which of the two they take, and what one of
 * them checked must be what the other uses (RFC 7519 §4 lets a reader refuse, RFC 8725 §2.4 tells why).
 * @throws SyntaxError
 */
export function parseUniqueJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // One set of names for each object that is open, undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  let previous = '';
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece === '{') open.push(new Set());
    else if (piece === '[') open.push(undefined);
    else if (piece === '}' || piece === ']') open.pop();
    else if (piece === ':') addName(open.at(-1), previous);
    previous = piece;
  }
  return value;
}

function addName(names: Set<string> | undefined, literal: string): void {
  // Compared as read: "\u0061ud" is "aud".
  const name = String(JSON.parse(literal));
  if (names?.has(name)) throw new SyntaxError('a member stands twice in the same object');
  names?.add(name);
}
