/** Takes what a sticky pattern matches where the last match ended, or nothing. */
export type Take = (pattern: RegExp) => RegExpExecArray | null;

/**
 * Reads `text` from its beginning, piece by piece.
 * @returns a function for patterns with the flag `y`; each should run in linear time.
 */
export function createTextScanner(text: string): Take {
  let position = 0;
  return (pattern) => {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match !== null) position = pattern.lastIndex;
    return match;
  };
}
